import { expect } from 'chai';
import type { EntryFilter, EntryRepository } from '#src/contexts/audit/application/ports.js';
import type { Entry, EntryId } from '#src/contexts/audit/domain/entry.js';
import type { UserId } from '#src/kernel/ids.js';
import { anEntry } from '../support/builders/audit.js';
import { newId } from '../support/builders/ids.js';
import { openedSubject, walk } from '../support/contract-tools.js';
import type { OpenSubject } from '../support/subject.js';

interface Ports {
  readonly auditEntries: EntryRepository;
}

const NOON = Date.parse('2026-03-01T12:00:00.000Z');
const minutes = (after: number): Date => new Date(NOON + after * 60_000);

/** What every store of audit entries has to hold. */
export const entryRepositoryContract = (name: string, open: OpenSubject<Ports>): void => {
  describe(`Audit entries on ${name}`, () => {
    const subject = openedSubject(open, 1);
    const add = (...entries: readonly Entry[]): Promise<void> =>
      subject().transact(async ({ auditEntries }) => {
        for (const entry of entries) await auditEntries.add(entry);
      });
    const list = (filter: EntryFilter, limit = 100): Promise<readonly Entry[]> =>
      walk((page) => subject().outside.auditEntries.list(filter, page), limit);

    it('A repository of audit entries returns entries as they were added, whatever is unknown of them', async () => {
      const actor = newId<UserId>();
      const entries = [
        anEntry({ actorId: actor, at: new Date('2026-12-31T23:59:59.999Z') }),
        anEntry({ actorId: actor, actorType: 'api_key', subjectId: null }),
        anEntry({ actorId: actor, addressHash: null, at: minutes(-1), action: `user.${'x'.repeat(59)}` }),
      ];
      await add(...entries);
      expect(await list({ actor })).to.deep.equal(entries);
      const unknown = anEntry({ actorId: null, actorType: null });
      await add(unknown);
      expect(await list({ subject: unknown.subjectId ?? '' })).to.deep.equal([unknown]);
    });

    it('A repository of audit entries keeps nothing of a transaction that fails', async () => {
      const entry = anEntry();
      const failure = new Error('refused');
      const failed = subject().transact(async ({ auditEntries }) => {
        await auditEntries.add(entry);
        throw failure;
      });
      expect(await failed.catch((error: unknown) => error)).to.equal(failure);
      expect(await list({ actor: entry.actorId ?? newId<UserId>() })).to.deep.equal([]);
    });

    it('A repository of audit entries lists the latest first, and of one moment the later id', async () => {
      const actorId = newId<UserId>();
      const [first, second, third] = [newId<EntryId>(), newId<EntryId>(), newId<EntryId>()].sort();
      const at = minutes(5);
      const entries = [
        anEntry({ actorId, at, ...(second && { id: second }) }),
        anEntry({ actorId, at: minutes(4) }),
        anEntry({ actorId, at, ...(third && { id: third }) }),
        anEntry({ actorId, at: minutes(6) }),
        anEntry({ actorId, at, ...(first && { id: first }) }),
      ];
      await add(...entries);
      const found = await list({ actor: actorId }, 2);
      expect(found.map(({ id }) => id)).to.deep.equal([entries[3]?.id, third, second, first, entries[1]?.id]);
    });

    it('A repository of audit entries shows an entry that is added during a walk at most once, and skips none', async () => {
      const actorId = newId<UserId>();
      const entries = Array.from({ length: 6 }, (_, n) => anEntry({ actorId, at: minutes(n) }));
      await add(...entries);
      const seen = await walk(
        (page) => subject().outside.auditEntries.list({ actor: actorId }, page),
        2,
        (pagesRead) => add(anEntry({ actorId, at: minutes(10 + pagesRead) })),
      );
      expect(seen).to.deep.equal(entries.toReversed());
    });

    it('A repository of audit entries finds by every filter, and by all of them together', async () => {
      const [actor, other] = [newId<UserId>(), newId<UserId>()];
      const thing = newId();
      const wanted = anEntry({ actorId: actor, action: 'user.disabled', subjectId: thing, at: minutes(60) });
      await add(
        wanted,
        { ...wanted, id: newId<EntryId>(), actorId: other },
        { ...wanted, id: newId<EntryId>(), action: 'user.enabled' },
        { ...wanted, id: newId<EntryId>(), subjectId: newId() },
        { ...wanted, id: newId<EntryId>(), at: minutes(59) },
        { ...wanted, id: newId<EntryId>(), at: minutes(61) },
      );
      const filter = { actor, action: 'user.disabled', subject: thing, from: minutes(60), to: minutes(61) };
      expect(await list(filter)).to.deep.equal([wanted]);
      const without = (key: keyof EntryFilter) => {
        const { [key]: _left, ...rest } = filter;
        return list(rest);
      };
      for (const key of ['actor', 'action', 'subject', 'from', 'to'] as const)
        expect(await without(key), `without ${key}`).to.have.length(2);
    });
  });
};
