import { createHmac } from 'node:crypto';
import { availableParallelism } from 'node:os';
import bcrypt from 'bcrypt';
import { expect } from 'chai';
import {
  bcryptPasswordHashers,
  type BcryptOptions,
} from '#src/contexts/accounts/adapters/crypto/bcrypt-password-hasher.js';
import { OPERATOR_HASHING, type PasswordHasher } from '#src/contexts/accounts/application/ports.js';
import { refusalsOf } from '../support/contract-tools.js';
import { together } from '../support/subject.js';

const PASSWORD = 'correct horse battery staple';

const bcryptPasswordHasher = (options: BcryptOptions): PasswordHasher =>
  bcryptPasswordHashers(options)(OPERATOR_HASHING);

describe('Passwords with bcrypt', () => {
  const passwords = bcryptPasswordHasher({ cost: 4 });

  it('Passwords with bcrypt know a password by its hash, and no other one', async () => {
    const hash = await passwords.hash(PASSWORD);
    expect(await passwords.verify(PASSWORD, hash)).to.equal(true);
    expect(await passwords.verify(`${PASSWORD} `, hash)).to.equal(false);
    expect(await passwords.verify('', hash)).to.equal(false);
  });

  it('Passwords with bcrypt are stored as v1$ and the bcrypt hash, of the cost set, of a keyed digest', async () => {
    const stored = await passwords.hash(PASSWORD);
    expect(stored).to.match(/^v1\$\$2b\$04\$/);
    const digest = createHmac('sha384', 'portico/password/v1').update(PASSWORD).digest('base64');
    expect(await bcrypt.compare(digest, stored.slice('v1$'.length))).to.equal(true);
  });

  it('Passwords with bcrypt are salted: two hashes of one password differ', async () => {
    expect(await passwords.hash(PASSWORD)).to.not.equal(await passwords.hash(PASSWORD));
  });

  it('Passwords with bcrypt count to their last character, though bcrypt reads only 72 bytes', async () => {
    const long = 'ß'.repeat(127);
    const hash = await passwords.hash(`${long}a`);
    expect(await passwords.verify(`${long}a`, hash)).to.equal(true);
    expect(await passwords.verify(`${long}b`, hash)).to.equal(false);
  });

  it('Passwords with bcrypt do not end at a NUL', async () => {
    const hash = await passwords.hash('before\0after');
    expect(await passwords.verify('before\0else', hash)).to.equal(false);
  });

  it('Passwords with bcrypt are the same in whatever Unicode form a keyboard sends them', async () => {
    const hash = await passwords.hash('pässwörd'.normalize('NFC'));
    expect(await passwords.verify('pässwörd'.normalize('NFD'), hash)).to.equal(true);
  });

  it('Passwords with bcrypt are the same whatever space a keyboard types', async () => {
    const spaces = ['\u00a0', '\u1680', '\u2003', '\u202f', '\u205f', '\u3000'];
    const hash = await passwords.hash('correct horse');
    for (const space of spaces) {
      const typed = `correct${space}horse`;
      expect(await passwords.verify(typed, hash), typed).to.equal(true);
      expect(await passwords.verify('correct horse', await passwords.hash(typed)), typed).to.equal(true);
    }
    for (const none of ['\u200b', '\ufeff', '\t', '\u2028'])
      expect(await passwords.verify(`correct${none}horse`, hash), JSON.stringify(none)).to.equal(false);
  });

  it('Passwords with bcrypt are still known by a hash that was made when spaces were stored as typed', async () => {
    const typed = 'correct\u00a0horse';
    const digest = createHmac('sha384', 'portico/password/v1').update(typed).digest('base64');
    const stored = `v1$${await bcrypt.hash(digest, 4)}`;
    expect(await passwords.verify(typed, stored)).to.equal(true);
    expect(await passwords.verify('correct\u2003horse', stored)).to.equal(false);
  });

  it('Passwords with bcrypt with such a space are worked on as long for an unknown user as for a known one', async () => {
    const hash = await passwords.hash(PASSWORD);
    const workOf = async (password: string, stored: string | null): Promise<number> => {
      let work = 0;
      await bcryptPasswordHashers({ cost: 4 })({ ...OPERATOR_HASHING, worked: () => (work += 1) }).verify(
        password,
        stored,
      );
      return work;
    };
    for (const stored of [null, hash]) {
      expect(await workOf('wrong\u00a0password', stored)).to.equal(2);
      expect(await workOf('wrong password', stored)).to.equal(1);
    }
  });

  it('Passwords with bcrypt are still known after the cost was changed', async () => {
    const hash = await bcryptPasswordHasher({ cost: 5 }).hash(PASSWORD);
    expect(await passwords.verify(PASSWORD, hash)).to.equal(true);
  });

  it('Passwords with bcrypt match no absent hash', async () => {
    expect(await passwords.verify(PASSWORD, null)).to.equal(false);
  });

  it('Passwords with bcrypt are looked for as hard where there is none: an unknown user waits in the same queue, for the same work', async () => {
    const busy = bcryptPasswordHasher({ cost: 4, concurrent: 1, waiting: 0 });
    const [unknown, next] = await together([
      () => busy.verify(PASSWORD, null),
      () => busy.verify(PASSWORD, null),
    ]);
    expect(unknown).to.include({ status: 'fulfilled', value: false });
    expect((next as PromiseRejectedResult).reason).to.include({ code: 'hashing_busy' });
  });

  it('Passwords with bcrypt cost an unknown user as much as a known one: the hash that is compared is of the cost set', async () => {
    const { compare } = bcrypt;
    const compared: string[] = [];
    bcrypt.compare = (data: string | Buffer, hash: string) => {
      compared.push(hash);
      return compare(data, hash);
    };
    try {
      expect(await bcryptPasswordHasher({ cost: 6 }).verify(PASSWORD, null)).to.equal(false);
    } finally {
      bcrypt.compare = compare;
    }
    expect(compared.map((hash) => [bcrypt.getRounds(hash), hash.length])).to.deep.equal([[6, 60]]);
  });

  for (const damaged of ['', 'v1$', '$2b$04$abc', 'v2$$2b$04$'.padEnd(66, 'x'), 'plain text']) {
    it(`Passwords with bcrypt report the stored hash ${JSON.stringify(damaged)} as damaged, and do not show it`, async () => {
      const [result] = await together([() => passwords.verify(PASSWORD, damaged)]);
      const { reason } = result as PromiseRejectedResult;
      expect((reason as Error).message).to.equal('a stored password hash is not of a form that is known');
    });
  }

  it('Passwords with bcrypt refuse work when too much of it waits already, and take it again afterwards', async () => {
    const busy = bcryptPasswordHasher({ cost: 4, concurrent: 1, waiting: 2 });
    const results = await together(Array.from({ length: 5 }, () => () => busy.hash(PASSWORD)));
    expect(results.map(({ status }) => status === 'fulfilled')).to.deep.equal([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(refusalsOf(results)).to.deep.equal(['hashing_busy', 'hashing_busy']);
    const unknown = await together(Array.from({ length: 5 }, () => () => busy.verify(PASSWORD, null)));
    expect(refusalsOf(unknown)).to.deep.equal(['hashing_busy', 'hashing_busy']);
    expect(await busy.verify(PASSWORD, await busy.hash(PASSWORD))).to.equal(true);
  });

  /** How many are worked on at once, of eight that come together. */
  const atOnce = async (options: Partial<BcryptOptions>): Promise<number> => {
    const hash = bcrypt.hash.bind(bcrypt) as (data: string, cost: number) => Promise<string>;
    let [running, most] = [0, 0];
    const counted = async (data: string, cost: number): Promise<string> => {
      running += 1;
      most = Math.max(most, running);
      const hashed = await hash(data, cost);
      running -= 1;
      return hashed;
    };
    const original = { hash: bcrypt.hash };
    Object.assign(bcrypt, { hash: counted });
    try {
      const bounded = bcryptPasswordHasher({ cost: 4, waiting: 10, ...options });
      await together(Array.from({ length: 8 }, () => () => bounded.hash(PASSWORD)));
    } finally {
      Object.assign(bcrypt, original);
    }
    return most;
  };

  it('Passwords with bcrypt take turns by network, and refuse one that has all of its places', async () => {
    const of = bcryptPasswordHashers({ cost: 4, concurrent: 1, waiting: 9, waitingEach: 2 });
    const order: string[] = [];
    const hash = (network: string) => async () => {
      await of({ ...OPERATOR_HASHING, network }).hash(PASSWORD);
      order.push(network);
    };
    const asked = [...Array.from({ length: 5 }, () => hash('192.0.2.1')), hash('192.0.2.2')];
    const results = await together(asked);
    expect(order).to.deep.equal(['192.0.2.1', '192.0.2.1', '192.0.2.2', '192.0.2.1']);
    expect(refusalsOf(results)).to.deep.equal(['hashing_busy', 'hashing_busy']);
  });

  it('Passwords with bcrypt report each computed hash, and none that waits in vain', async () => {
    let worked = 0;
    const caller = { network: '192.0.2.1', worked: () => (worked += 1) };
    const busy = bcryptPasswordHashers({ cost: 4, concurrent: 1, waiting: 1 })(caller);
    const hashes = [() => busy.hash(PASSWORD), () => busy.verify(PASSWORD, null), () => busy.hash(PASSWORD)];
    expect(refusalsOf(await together<unknown>(hashes))).to.deep.equal(['hashing_busy']);
    expect(worked).to.equal(2);
  });

  it('Passwords with bcrypt work on no more hashes at once than allowed', async () => {
    expect(await atOnce({ concurrent: 2 })).to.equal(2);
  });

  it('Passwords with bcrypt leave a core to everything else, where there is more than one, and a thread of the pool', async () => {
    expect(await atOnce({})).to.equal(Math.max(1, Math.min(availableParallelism() - 1, 3)));
  });

  it('Passwords with bcrypt are outdated when they were made at another cost', async () => {
    const older = bcryptPasswordHasher({ cost: 4 });
    const hash = await older.hash('a password');
    const now = bcryptPasswordHasher({ cost: 5 });
    expect([older.isOutdated(hash), now.isOutdated(hash)]).to.deep.equal([false, true]);
    expect(await now.verify('a password', hash)).to.equal(true);
  });
});
