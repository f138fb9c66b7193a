import { expect } from 'chai';
import type {
  SessionRepository,
  UserFilter,
  UserRepository,
} from '#src/contexts/accounts/application/ports.js';
import { fail } from '#src/contexts/accounts/domain/errors.js';
import type { User } from '#src/contexts/accounts/domain/user.js';
import type { EmailKey } from '#src/kernel/email-address.js';
import { anEmail, aRotation, aSession, aTokenHash, aUser } from '../support/builders/accounts.js';
import {
  next,
  openedSubject,
  outcomeOnce,
  refusalOf,
  refusalsOf,
  tally,
  walk,
} from '../support/contract-tools.js';
import { together, type OpenSubject } from '../support/subject.js';

interface Ports {
  readonly users: UserRepository;
  readonly sessions: SessionRepository;
}

const LATER = new Date('2026-03-02T08:30:00.789Z');

/** What every store of users has to hold. It may hold other users already. */
export const userRepositoryContract = (name: string, open: OpenSubject<Ports>): void => {
  const suite = (connections: number) => {
    const store = openedSubject(open, connections);

    const stored = async (given: Partial<User> = {}): Promise<User> => {
      const user = aUser(given);
      await store().transact(({ users }) => users.add(user));
      return user;
    };
    const storedSession = async (user: User) => {
      const [session, hash] = [aSession(user.id), aTokenHash()];
      await store().transact(({ sessions }) => sessions.add(session, hash, session.createdAt));
      return { session, hash };
    };
    const found = ({ id }: User): Promise<User | null> => store().outside.users.find(id);
    const update = (user: User): Promise<void> => store().transact(({ users }) => users.update(next(user)));
    const remove = (user: User): Promise<void> => store().transact(({ users }) => users.remove(user));

    const essentials = () => {
      it('A repository of users returns null for a missing user', async () => {
        const { id, emailKey } = aUser();
        const { users } = store().outside;
        expect(await users.find(id)).to.equal(null);
        expect(await users.findByEmail(emailKey)).to.equal(null);
        expect(await users.findByUsername('nobody')).to.equal(null);
        expect(await store().transact((ports) => ports.users.lock(id))).to.equal(null);
      });

      it('A repository of users returns all users of some ids, and leaves out what is none', async () => {
        const [one, other] = [await stored(), await stored()];
        await stored();
        const { users } = store().outside;
        const found = await users.findAll([one.id, aUser().id, other.id]);
        expect(found).to.have.deep.members([one, other]);
        expect(await users.findAll([])).to.deep.equal([]);
      });

      it('A repository of users reads back what was stored, at its longest and in any script', async () => {
        const user = await stored({
          name: '😀'.repeat(120),
          email: `${'😀'.repeat(242)}@example.org`,
          username: 'x.'.repeat(15),
          passwordHash: '#'.repeat(100),
          role: 'admin',
          disabled: true,
          version: 7,
          updatedAt: new Date('2026-12-31T23:59:59.999Z'),
        });
        expect(await found(user)).to.deep.equal(user);
        expect(await store().transact(({ users }) => users.lock(user.id))).to.deep.equal(user);
      });

      it('A repository of users leaves nothing of a transaction that fails', async () => {
        const [kept, added] = [await stored(), aUser()];
        const work = store().transact(async ({ users }) => {
          await users.add(added);
          await users.update(next({ ...kept, name: 'Somebody else' }));
          throw fail('last_admin');
        });
        expect(await refusalOf(work)).to.equal('last_admin');
        expect(await found(added)).to.equal(null);
        expect(await found(kept)).to.deep.equal(kept);
      });

      it('A repository of users stores a change as the next version, even one that changes nothing', async () => {
        const user = await stored();
        const changed = { ...user, name: 'Ann Other', username: `ann-${connections}`, disabled: true };
        await update(changed);
        expect(await found(user)).to.deep.equal({ ...changed, version: 2 });
        await update({ ...changed, version: 2 });
        expect(await found(user)).to.deep.equal({ ...changed, version: 3 });
      });

      it('A repository of users lets one of twenty writers win who have seen the same version', async () => {
        const user = await stored();
        const writers = Array.from({ length: 20 }, (_, n) => ({ ...user, name: `Writer ${n}` }));
        const outcomes = await Promise.all(
          writers.map((writer) => outcomeOnce(store().transact, ({ users }) => users.update(next(writer)))),
        );
        expect(tally(outcomes)).to.deep.equal({ done: 1, stale_write: 19 });
        const winner = writers[outcomes.indexOf('done')];
        expect(await found(user)).to.deep.equal({ ...winner, version: 2 });
      });

      it('A repository of users makes others who lock the same user wait, so that none of them is too late', async () => {
        const user = await stored({ name: '0' });
        let attempts = 0;
        const countUp = () =>
          store().transact(async ({ users }) => {
            attempts += 1;
            const held = await users.lock(user.id);
            if (held !== null) await users.update(next({ ...held, name: String(Number(held.name) + 1) }));
          });
        await together(Array.from({ length: 10 }, () => countUp));
        expect({ name: (await found(user))?.name, attempts }).to.deep.equal({ name: '10', attempts: 10 });
      });

      it('A repository of users removes a user with sessions and tokens, after which the e-mail address may sign up anew', async () => {
        const user = await stored();
        const { session, hash } = await storedSession(user);
        await remove(user);
        expect(await found(user)).to.equal(null);
        expect(await store().outside.sessions.find(session.id)).to.equal(null);
        expect(await store().outside.sessions.findToken(hash)).to.equal(null);
        await stored({ email: user.email });
      });

      it('A repository of users lists each user exactly once while some come and go and share a time', async () => {
        const at = (second: number) => new Date(Date.UTC(2032, 0, 1, 0, 0, second));
        const first: User[] = [];
        for (let n = 0; n < 12; n += 1) first.push(await stored({ createdAt: at(n % 3), disabled: true }));
        const { users } = store().outside;
        const seen = await walk(
          (page) => users.list({ disabled: true }, page),
          3,
          async (pagesRead) => {
            if (pagesRead > 3) return;
            await remove(first[pagesRead * 3 - 1] ?? aUser());
            await stored({ createdAt: at(pagesRead % 3), disabled: true });
          },
        );
        const ids = seen.map(({ id }) => id);
        const survivors = first.filter((_, n) => ![2, 5, 8].includes(n)).map(({ id }) => id);
        expect(ids).to.have.lengthOf(new Set(ids).size);
        expect(ids).to.include.members(survivors);
      });
    };

    const details = () => {
      it('A repository of users reads back absent values', async () => {
        const user = await stored({ username: null, passwordHash: null });
        expect(await found(user)).to.deep.equal(user);
      });

      it('A repository of users finds a user by the key of their e-mail address, which accents belong to', async () => {
        const user = await stored({ email: 'Zoë.Ångström@Bücher.example' });
        const find = (email: string) => store().outside.users.findByEmail(anEmail(email).key);
        expect(await find(' zoë.ÅNGSTRÖM@xn--bcher-kva.EXAMPLE '.normalize('NFD'))).to.deep.equal(user);
        expect(await find('zoe.angstrom@bücher.example')).to.equal(null);
        expect(await find('zoë.ångström@bucher.example')).to.equal(null);
      });

      it('A repository of users keeps a key that is not that of the address, until the address is changed', async () => {
        const user = aUser();
        const parked = await stored({ ...user, emailKey: user.id as unknown as EmailKey });
        await update({ ...parked, passwordHash: 'another hash' });
        expect(await found(parked)).to.include({ email: user.email, emailKey: user.id, version: 2 });
        expect(await store().outside.users.findByEmail(user.emailKey)).to.equal(null);
      });

      it('A repository of users keeps an address whose lower case is longer than itself', async () => {
        const user = await stored({ emailKey: `${'i\u0307'.repeat(242)}@example.org` as EmailKey });
        expect(await store().outside.users.findByEmail(user.emailKey)).to.deep.equal(user);
      });

      it('A repository of users finds a user by the whole user name', async () => {
        const user = await stored({ username: 'ann.smith' });
        expect(await store().outside.users.findByUsername('ann.smith')).to.deep.equal(user);
        expect(await store().outside.users.findByUsername('ann')).to.equal(null);
      });

      it('A repository of users refuses a second account of one e-mail address, also when an account changes to it', async () => {
        const [ann, bob] = [await stored({ email: 'Only@Example.org' }), await stored()];
        const same = 'oNLY@eXAMPLE.ORG';
        expect(await refusalOf(stored({ email: same }))).to.equal('email_taken');
        expect(await refusalOf(update({ ...bob, email: same, emailKey: anEmail(same).key }))).to.equal(
          'email_taken',
        );
        await update({ ...ann, email: same });
        expect((await found(ann))?.email).to.equal(same);
      });

      it('A repository of users refuses a second account of one user name, also when an account changes to it', async () => {
        await stored({ username: 'taken' });
        const bob = await stored();
        expect(await refusalOf(stored({ username: 'taken' }))).to.equal('username_taken');
        expect(await refusalOf(update({ ...bob, username: 'taken' }))).to.equal('username_taken');
        expect(await found(bob)).to.deep.equal(bob);
      });

      it('A repository of users lets one of ten accounts of one e-mail address in that come at once', async () => {
        const forms = ['rush@example.org', 'RUSH@example.org'];
        const rush = Array.from({ length: 10 }, (_, n) => () => stored({ email: forms[n % 2] ?? '' }));
        expect(refusalsOf(await together(rush))).to.deep.equal(Array(9).fill('email_taken'));
      });

      it('A repository of users locks the administrators who are not disabled, in id order', async () => {
        const admins = [await stored({ role: 'admin' }), await stored({ role: 'admin' })].map(({ id }) => id);
        const others = [await stored({ role: 'admin', disabled: true }), await stored()].map(({ id }) => id);
        const locked = await store().transact(({ users }) => users.lockAdministrators());
        expect(locked).to.include.members(admins).and.not.include.members(others);
        expect(locked).to.deep.equal([...locked].sort());
      });

      it('A repository of users does not remove a user who has changed, and keeps the sessions', async () => {
        const user = await stored();
        const { session } = await storedSession(user);
        const outcome = await outcomeOnce(store().transact, ({ users }) =>
          users.remove({ ...user, version: 2 }),
        );
        expect(outcome).to.equal('stale_write');
        expect(await store().outside.sessions.find(session.id)).to.deep.equal(session);
      });

      it('A repository of users removes a user whose session is just being refreshed', async () => {
        const user = await stored();
        const { session, hash } = await storedSession(user);
        const successor = aTokenHash();
        const [removal] = await Promise.all([
          outcomeOnce(store().transact, ({ users }) => users.remove(user)),
          outcomeOnce(store().transact, ({ sessions }) =>
            sessions.rotate(next(session), aRotation(hash, { successor })),
          ),
        ]);
        expect(removal).to.equal('done');
        expect(await store().outside.sessions.find(session.id)).to.equal(null);
      });

      it('A repository of users removes a user for whom a session just begins, or has just begun', async () => {
        const user = await stored();
        const session = aSession(user.id);
        const [removal] = await together([
          () => remove(user),
          () => store().transact(({ sessions }) => sessions.add(session, aTokenHash(), LATER)),
        ]);
        expect(removal?.status).to.equal('fulfilled');
        expect(await store().outside.sessions.find(session.id)).to.equal(null);
      });

      const idsOf = async (filter: UserFilter): Promise<readonly string[]> => {
        const { items } = await store().outside.users.list(filter, { limit: 100, after: null });
        return items.map(({ id }) => id);
      };

      it('A repository of users lists the latest first, and of one time the highest id', async () => {
        const createdAt = new Date('2033-01-01T00:00:00.000Z');
        const [first, second] = [await stored({ createdAt }), await stored({ createdAt })];
        const latest = await stored({ createdAt: new Date('2033-01-01T00:00:00.001Z') });
        expect((await idsOf({})).slice(0, 3)).to.deep.equal([latest.id, second.id, first.id]);
      });

      it('A repository of users lists those of one role, or those who are disabled or not, or both', async () => {
        const admin = (await stored({ role: 'admin' })).id;
        const disabledAdmin = (await stored({ role: 'admin', disabled: true })).id;
        const customer = (await stored()).id;
        const disabledCustomer = (await stored({ disabled: true })).id;
        const these = [admin, disabledAdmin, customer, disabledCustomer];
        const among = async (filter: UserFilter) => {
          const listed = await idsOf(filter);
          return these.filter((id) => listed.includes(id));
        };
        expect(await among({ role: 'admin' })).to.deep.equal([admin, disabledAdmin]);
        expect(await among({ disabled: true })).to.deep.equal([disabledAdmin, disabledCustomer]);
        expect(await among({ role: 'customer', disabled: false })).to.deep.equal([customer]);
      });
    };
    return { essentials, details };
  };

  describe(`UserRepository on ${name}`, () => {
    const { essentials, details } = suite(20);
    essentials();
    details();
  });
  describe(`UserRepository on ${name}, with one connection`, () => {
    suite(1).essentials();
  });
};
