import { OPERATOR } from '#src/kernel/actor.js';
import fc, { type Scheduler } from 'fast-check';
import { memoryPersistence } from '#src/main/persistence/memory-persistence.js';
import { outcomeOf } from '../support/contract-tools.js';
import { accountsOn, type Accounts } from './accounts-under-test.js';

const [PASSWORD, NEW_PASSWORD] = ['correct horse battery staple', 'another password'];
const EMAIL = 'ann@example.org';

interface Race {
  /** Done one after the other, before the race. */
  readonly prepare: (accounts: Accounts) => Promise<readonly (() => Promise<unknown>)[]>;
  readonly holds: (accounts: Accounts) => Promise<boolean>;
}

/** Runs the works that `prepare` returns at once, in an order of statements that the scheduler chooses. */
const runs = async (scheduler: Scheduler, { prepare, holds }: Race): Promise<boolean> => {
  let racing = false;
  const accounts = accountsOn(
    memoryPersistence({
      pause: (statement) => (racing ? scheduler.schedule(Promise.resolve(), statement) : Promise.resolve()),
      delay: () => Promise.resolve(),
    }),
  );
  const works = await prepare(accounts);
  racing = true;
  await scheduler.waitFor(Promise.all(works.map((work) => outcomeOf(work()))));
  racing = false;
  return holds(accounts);
};

const annSignsUp = async ({ signUp, authenticate }: Accounts) => {
  const loggedIn = await signUp({ name: 'Ann', email: EMAIL, password: PASSWORD });
  const actor = await authenticate(loggedIn.accessToken);
  if (actor === null) throw new Error('the access token of a new session is not good');
  return { ...loggedIn, actor };
};

/** At most so many of Ann's sessions live. */
const liveSessions =
  (atMost: number) =>
  async ({ findByEmail, sessions }: Accounts): Promise<boolean> => {
    const ann = await findByEmail(EMAIL);
    const all = ann === null ? [] : await sessions.listOf(ann.id);
    return all.filter(({ endedAt }) => endedAt === null).length <= atMost;
  };

/** The tokens that the refreshes of one run returned. */
let successors: ReadonlySet<string> = new Set();

const races: Readonly<Record<string, Race>> = {
  'a log-in with the old password never outlives the change of it': {
    prepare: async (accounts) => {
      const { actor } = await annSignsUp(accounts);
      return [
        () => accounts.changePassword(actor, PASSWORD, NEW_PASSWORD),
        () => accounts.logIn(EMAIL, PASSWORD),
      ];
    },
    holds: liveSessions(1),
  },
  'a log-in never outlives a reset of the password nor a disabling': {
    prepare: async (accounts) => {
      const { user } = await annSignsUp(accounts);
      return [
        () => accounts.resetPassword(user.id, NEW_PASSWORD),
        () => accounts.logIn(EMAIL, PASSWORD),
        () => accounts.changeUser(OPERATOR, user.id, { disabled: true }),
      ];
    },
    holds: liveSessions(0),
  },
  'a refresh never outlives the end of its session': {
    prepare: async (accounts) => {
      const { actor, refreshToken } = await annSignsUp(accounts);
      return [() => accounts.refresh(refreshToken), () => accounts.logOut(actor)];
    },
    holds: liveSessions(0),
  },
  'a refresh token that is spent twice at once has one successor, and its session goes on': {
    prepare: async (accounts) => {
      const { refreshToken } = await annSignsUp(accounts);
      const refreshed = new Set<string>();
      const spend = async () => {
        refreshed.add((await accounts.refresh(refreshToken)).refreshToken);
        successors = refreshed;
      };
      return [spend, spend];
    },
    holds: async (accounts) => {
      const [successor, another] = successors;
      if (successor === undefined || another !== undefined) return false;
      return (await outcomeOf(accounts.refresh(successor))) === 'done';
    },
  },
  'an account is closed even while its user logs in and refreshes': {
    prepare: async (accounts) => {
      const { user, refreshToken } = await annSignsUp(accounts);
      return [
        () => accounts.closeAccount(user.id),
        () => accounts.logIn(EMAIL, PASSWORD),
        () => accounts.refresh(refreshToken),
      ];
    },
    holds: async ({ findByEmail }) => (await findByEmail(EMAIL)) === null,
  },
  'an administrator always stays': {
    prepare: async (accounts) => {
      const [ann, bob] = [
        await accounts.signUp({ name: 'Ann', email: EMAIL, password: PASSWORD }),
        await accounts.signUp({ name: 'Bob', email: 'bob@example.org', password: PASSWORD }),
      ];
      for (const { user } of [ann, bob]) await accounts.changeUser(OPERATOR, user.id, { role: 'admin' });
      return [
        () => accounts.changeUser(OPERATOR, ann.user.id, { role: 'customer' }),
        () => accounts.closeAccount(bob.user.id),
      ];
    },
    holds: async ({ users }) =>
      (await users.list({ role: 'admin', disabled: false }, { limit: 2, after: null })).items.length === 1,
  },
  'an e-mail address has one account': {
    prepare: ({ signUp }) =>
      Promise.resolve([
        () => signUp({ name: 'Ann', email: EMAIL, password: PASSWORD }),
        () => signUp({ name: 'Ann', email: EMAIL.toUpperCase(), password: PASSWORD }),
      ]),
    holds: async ({ users }) => (await users.list({}, { limit: 3, after: null })).items.length === 1,
  },
};

describe('Accounts, in whatever order the statements of several come', () => {
  for (const [claim, race] of Object.entries(races)) {
    it(claim, async () => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), (scheduler) => runs(scheduler, race)),
        { numRuns: 60 },
      );
    });
  }
});
