import { expect } from 'chai';
import type { SaltRepository } from '#src/contexts/audit/application/ports.js';
import type { UserId } from '#src/kernel/ids.js';
import { newId } from '../support/builders/ids.js';
import { openedSubject } from '../support/contract-tools.js';
import type { OpenSubject } from '../support/subject.js';

interface Ports {
  readonly auditSalts: SaltRepository;
}

/** What every store of salts has to hold. */
export const saltRepositoryContract = (name: string, open: OpenSubject<Ports>): void => {
  describe(`Salts on ${name}`, () => {
    const subject = openedSubject(open, 1);
    const inside = <T>(work: (salts: SaltRepository) => Promise<T>): Promise<T> =>
      subject().transact(({ auditSalts }) => work(auditSalts));
    const find = (person: UserId) => subject().outside.auditSalts.find(person);

    it('A repository of salts stores one for each person, until it is removed', async () => {
      const [ada, eve] = [newId<UserId>(), newId<UserId>()];
      await inside((salts) => salts.add(ada, 'a'.repeat(64)));
      await inside((salts) => salts.add(eve, 'e'.repeat(64)));
      expect(await find(ada)).to.equal('a'.repeat(64));
      await inside((salts) => salts.remove(ada));
      expect(await find(ada)).to.equal(null);
      expect(await find(eve)).to.equal('e'.repeat(64));
    });

    it('A repository of salts has none to find or to remove for a person who never got one', async () => {
      const nobody = newId<UserId>();
      await inside((salts) => salts.remove(nobody));
      expect(await find(nobody)).to.equal(null);
    });

    it('A repository of salts treats a second one as a bug', async () => {
      const ada = newId<UserId>();
      await inside((salts) => salts.add(ada, 'a'.repeat(64)));
      const again = await inside((salts) => salts.add(ada, 'b'.repeat(64))).catch((error: unknown) => error);
      expect(again).to.be.an('error');
      expect(await find(ada)).to.equal('a'.repeat(64));
    });
  });
};
