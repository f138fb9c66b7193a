import { OPERATOR } from '#src/kernel/actor.js';
import { expect } from 'chai';
import type { LoggedIn } from '#src/contexts/accounts/application/open-session.js';
import type { User } from '#src/contexts/accounts/domain/user.js';
import type { Actor } from '#src/kernel/actor.js';
import type { Repositories } from '#src/main/persistence/persistence.js';
import { aUser } from '../support/builders/accounts.js';
import { gate, openedSubject, outcomeOf, tally } from '../support/contract-tools.js';
import { forEachPersistence } from '../support/persistences.js';
import type { OpenSubject } from '../support/subject.js';
import { accountsOn, NOW, quickPasswords, type Accounts } from './accounts-under-test.js';

const PASSWORD = 'correct horse battery staple';

let people = 0;

/** What happens when several do at once what only one may, or what undoes the other's work. */
const races = (name: string, open: OpenSubject<Repositories>): void => {
  describe(`Accounts in a race on ${name}`, () => {
    const store = openedSubject(open, 10);
    const accounts = (): Accounts => accountsOn(store());

    const signedUp = (): Promise<LoggedIn> => {
      people += 1;
      return accounts().signUp({ name: 'Ann', email: `ann-${people}@race.example`, password: PASSWORD });
    };
    const actorOf = async ({ accessToken }: LoggedIn): Promise<Actor> => {
      const actor = await accounts().authenticate(accessToken);
      return actor ?? expect.fail('not authenticated');
    };
    const liveSessionsOf = async ({ id }: User): Promise<readonly string[]> =>
      (await accounts().sessions.listOf(id))
        .filter(({ endedAt }) => endedAt === null)
        .map((session) => session.id);

    /** What the audit log holds of a user's refresh tokens, the earliest first. */
    const recordedOf = async ({ id }: User): Promise<readonly string[]> => {
      const { items } = await store().outside.auditEntries.list({ subject: id }, { limit: 100, after: null });
      const actions = items.map(({ action }) => action);
      return actions.filter((action) => action.startsWith('user.token_')).sort();
    };

    it('One of three who sign up with one e-mail address, written differently, gets the account', async () => {
      const forms = [
        'Zoë@Räce.example'.normalize('NFC'),
        'zoë@räce.EXAMPLE'.normalize('NFD'),
        'ZOË@xn--rce-qla.example',
      ];
      const outcomes = await Promise.all(
        forms.map((email) => outcomeOf(accounts().signUp({ name: 'Zoë', email, password: PASSWORD }))),
      );
      expect(tally(outcomes)).to.deep.equal({ done: 1, email_taken: 2 });
      expect(await accounts().findByEmail('zoë@räce.example')).to.not.equal(null);
    });

    it('One of two administrators who demote each other stays', async () => {
      const admins = [aUser({ role: 'admin' }), aUser({ role: 'admin' })] as const;
      await store().transact(async ({ users }) => {
        for (const admin of admins) await users.add(admin);
      });
      for (const change of [{ role: 'customer' }, { disabled: true }] as const) {
        const undone = change.disabled === true ? { disabled: false } : ({ role: 'admin' } as const);
        for (const { id } of admins) await accounts().changeUser(OPERATOR, id, undone);
        const outcomes = await Promise.all(
          admins.map(({ id }) => outcomeOf(accounts().changeUser(OPERATOR, id, change))),
        );
        expect(tally(outcomes)).to.deep.equal({ done: 1, last_admin: 1 });
        for (const { id } of admins) await outcomeOf(accounts().changeUser(OPERATOR, id, undone));
      }
      const left = admins.map(({ id }) => outcomeOf(accounts().closeAccount(id)));
      expect(tally(await Promise.all(left))).to.deep.equal({ done: 1, last_admin: 1 });
    });

    /** What becomes of a work that checks Ann's password, when that is changed while it is being checked. */
    const overtaken = async (
      ann: LoggedIn,
      work: (slow: Accounts, actor: Actor) => Promise<unknown>,
    ): Promise<string> => {
      const [checking, changed] = [gate(), gate()];
      const slow = accountsOn(store(), {
        ...quickPasswords,
        verify: async (password, hash) => {
          checking.open();
          await changed.opened;
          return quickPasswords.verify(password, hash);
        },
      });
      const actor = await actorOf(ann);
      const outcome = outcomeOf(work(slow, actor));
      await checking.opened;
      await accounts().changePassword(actor, PASSWORD, 'another password');
      changed.open();
      return outcome;
    };

    it('A log-in whose password is changed while it is checked fails', async () => {
      const ann = await signedUp();
      const outcome = await overtaken(ann, (slow) => slow.logIn(ann.user.email, PASSWORD));
      expect(outcome).to.equal('invalid_credentials');
      expect(await liveSessionsOf(ann.user)).to.have.lengthOf(1);
    });

    it('An e-mail address is not changed with a password that is changed while it is checked', async () => {
      const ann = await signedUp();
      const outcome = await overtaken(ann, (slow, actor) =>
        slow.changeMe(actor, { email: `thief-${people}@race.example`, currentPassword: PASSWORD }),
      );
      expect(outcome).to.equal('wrong_password');
      expect((await accounts().users.find(ann.user.id))?.email).to.equal(ann.user.email);
    });

    it('A log-in that begins before its password is changed does not outlive the change', async () => {
      const ann = await signedUp();
      const actor = await actorOf(ann);
      const logIns = Array.from({ length: 8 }, () => outcomeOf(accounts().logIn(ann.user.email, PASSWORD)));
      await accounts().changePassword(actor, PASSWORD, 'another password');
      await Promise.all(logIns);
      expect(await liveSessionsOf(ann.user)).to.deep.equal([actor.sessionId]);
    });

    it('One of two concurrent changes of one password succeeds', async () => {
      const ann = await signedUp();
      const actor = await actorOf(ann);
      const outcomes = await Promise.all(
        ['first new one', 'second new one'].map((next) =>
          outcomeOf(accounts().changePassword(actor, PASSWORD, next)),
        ),
      );
      expect(tally(outcomes)).to.deep.equal({ done: 1, wrong_password: 1 });
    });

    it('Two requests that consume one refresh token at once get the same successor, of a session that goes on', async () => {
      const ann = await signedUp();
      const refreshed = await Promise.all(
        Array.from({ length: 2 }, () => accounts().refresh(ann.refreshToken)),
      );
      const successors = new Set(refreshed.map(({ refreshToken }) => refreshToken));
      expect(successors.size).to.equal(1);
      expect(await liveSessionsOf(ann.user)).to.have.lengthOf(1);
      const [successor = ''] = successors;
      expect(await outcomeOf(accounts().refresh(successor))).to.equal('done');
      // A successor that is consumed itself is not returned again.
      expect(await outcomeOf(accounts().refresh(ann.refreshToken))).to.equal('invalid_refresh_token');
      expect(await liveSessionsOf(ann.user)).to.deep.equal([]);
    });

    it('One of two concurrent replays of one refresh token gets the successor, and the session ends', async () => {
      const ann = await signedUp();
      await accounts().refresh(ann.refreshToken);
      const replay = () => outcomeOf(accounts().refresh(ann.refreshToken));
      const outcomes = await Promise.all([replay(), replay()]);
      expect(tally(outcomes)).to.deep.equal({ done: 1, invalid_refresh_token: 1 });
      expect(await liveSessionsOf(ann.user)).to.deep.equal([]);
      expect(await recordedOf(ann.user)).to.deep.equal(['user.token_replayed', 'user.token_reused']);
    });

    it('Two of many requests that consume one refresh token at once get the successor, and the session ends', async () => {
      const ann = await signedUp();
      const refreshed = await Promise.all(
        Array.from({ length: 8 }, () => outcomeOf(accounts().refresh(ann.refreshToken))),
      );
      expect(tally(refreshed)).to.deep.equal({ done: 2, invalid_refresh_token: 6 });
      expect(await liveSessionsOf(ann.user)).to.deep.equal([]);
    });

    it('No request that comes too late with a consumed refresh token gets anything, and the session ends', async () => {
      const ann = await signedUp();
      const { refreshToken } = await accounts().refresh(ann.refreshToken);
      const late = accountsOn(store(), quickPasswords, () => new Date(NOW.getTime() + 30_000));
      const refreshed = await Promise.all(
        Array.from({ length: 4 }, () => outcomeOf(late.refresh(ann.refreshToken))),
      );
      expect(new Set(refreshed)).to.deep.equal(new Set(['invalid_refresh_token']));
      expect(await liveSessionsOf(ann.user)).to.deep.equal([]);
      expect(await outcomeOf(late.refresh(refreshToken))).to.equal('invalid_refresh_token');
    });

    it('No refresh revives a session that is logged out of at the same time', async () => {
      const ann = await signedUp();
      const actor = await actorOf(ann);
      await Promise.all([accounts().logOut(actor), outcomeOf(accounts().refresh(ann.refreshToken))]);
      expect(await liveSessionsOf(ann.user)).to.deep.equal([]);
    });

    it('Neither a log-in nor a refresh outlives the disabling of its user', async () => {
      const ann = await signedUp();
      await Promise.all([
        accounts().changeUser(OPERATOR, ann.user.id, { disabled: true }),
        ...Array.from({ length: 4 }, () => outcomeOf(accounts().logIn(ann.user.email, PASSWORD))),
        outcomeOf(accounts().refresh(ann.refreshToken)),
      ]);
      expect(await liveSessionsOf(ann.user)).to.deep.equal([]);
    });

    it('All concurrent changes of one account are made, one after the other', async () => {
      const ann = await signedUp();
      const actor = await actorOf(ann);
      const changes = [{ name: 'Ann Other' }, { username: `ann-${people}` }, { name: 'Ann Third' }];
      await Promise.all(changes.map((change) => accounts().changeMe(actor, change)));
      const user = await accounts().users.find(ann.user.id);
      expect(user).to.include({ username: `ann-${people}`, version: 4 });
      const profile = await store().outside.customers.find(ann.user.id);
      expect(profile?.name).to.equal(user?.name);
    });
  });
};

forEachPersistence(races);
