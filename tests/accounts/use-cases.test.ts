import { OPERATOR } from '#src/kernel/actor.js';
import { expect } from 'chai';
import { isCommonPassword } from '#src/contexts/accounts/adapters/common-passwords.js';
import type { LoggedIn } from '#src/contexts/accounts/application/open-session.js';
import { checkCredentials } from '#src/contexts/accounts/application/check-credentials.js';
import type { PasswordHasher } from '#src/contexts/accounts/application/ports.js';
import { fail } from '#src/contexts/accounts/domain/errors.js';
import { memoryPersistence } from '#src/main/persistence/memory-persistence.js';
import { anEmail, aSession, aTokenHash, aUser } from '../support/builders/accounts.js';
import { newId } from '../support/builders/ids.js';
import { next, refusalOf } from '../support/contract-tools.js';
import { accountsOn, NOW, quickPasswords, type Accounts } from './accounts-under-test.js';

const PASSWORD = 'correct horse battery staple';
const PERSON = { name: 'Ann', email: 'ann@example.org', password: PASSWORD };

describe('An access token', () => {
  let accounts: Accounts;
  let ann: LoggedIn;
  beforeEach(async () => {
    accounts = accountsOn(memoryPersistence());
    ann = await accounts.signUp(PERSON);
  });

  const holderOf = ({ accessToken }: LoggedIn) => accounts.authenticate(accessToken);

  it('An access token stands for its user, in their session, with the role that they have now', async () => {
    expect(await holderOf(ann)).to.include({ id: ann.user.id, role: 'customer' });
    await accounts.changeUser(OPERATOR, ann.user.id, { role: 'admin' });
    expect(await holderOf(ann)).to.include({ id: ann.user.id, role: 'admin' });
  });

  it('An access token is invalid with a missing session, or another user’s', async () => {
    const bob = await accounts.signUp({ ...PERSON, email: 'bob@example.org' });
    const { sessionId } = JSON.parse(bob.accessToken) as { sessionId: string };
    for (const claim of [
      { userId: ann.user.id, sessionId: newId() },
      { userId: ann.user.id, sessionId },
    ]) {
      expect(await accounts.authenticate(JSON.stringify(claim))).to.equal(null);
    }
  });

  it('An access token is invalid once its session has ended', async () => {
    const actor = await holderOf(ann);
    if (actor !== null) await accounts.logOut(actor);
    expect(await holderOf(ann)).to.equal(null);
  });

  it('An access token is invalid once its session has expired', async () => {
    const session = aSession(ann.user.id, { expiresAt: NOW });
    await accounts.transact(({ sessions }) => sessions.add(session, aTokenHash(), session.createdAt));
    const token = JSON.stringify({ userId: ann.user.id, sessionId: session.id });
    expect(await accounts.authenticate(token)).to.equal(null);
  });

  it('An access token of a disabled user is invalid, however that came about; nor is it refreshed', async () => {
    await accounts.transact(({ users }) => users.update(next({ ...ann.user, disabled: true })));
    expect(await holderOf(ann)).to.equal(null);
    expect(await refusalOf(accounts.refresh(ann.refreshToken))).to.equal('invalid_refresh_token');
  });
});

describe('The place of a session', () => {
  const HOUR = 3_600_000;

  it('The place of a session that is refreshed again and again stays known, seen in the last two days', async () => {
    let at = NOW;
    const accounts = accountsOn(memoryPersistence(), quickPasswords, () => at);
    const { user, refreshToken } = await accounts.signUp(PERSON);
    let token = refreshToken;
    for (let refreshed = 1; refreshed <= 24; refreshed += 1) {
      at = new Date(at.getTime() + 5 * HOUR);
      ({ refreshToken: token } = await accounts.refresh(token));
      const seen = await accounts.lastSeen(user);
      expect(seen?.getTime(), at.toISOString()).to.be.above(at.getTime() - 48 * HOUR);
    }
  });
});

describe('Credentials', () => {
  it('Credentials of a disabled account are invalid, and no transaction is needed to refuse them', async () => {
    const { users, transact, signUp } = accountsOn(memoryPersistence());
    const { user } = await signUp(PERSON);
    const check = checkCredentials({ users, passwords: quickPasswords, exhausted: false });
    expect(await check({ email: anEmail(PERSON.email) }, PASSWORD)).to.deep.equal({ right: true, user });
    await transact((ports) => ports.users.update(next({ ...user, disabled: true })));
    expect(await check({ email: anEmail(PERSON.email) }, PASSWORD)).to.deep.include({ right: false });
  });

  it('Credentials of an account without attempts left are refused, after the same work', async () => {
    const { users, signUp } = accountsOn(memoryPersistence());
    const { user } = await signUp(PERSON);
    let checked = 0;
    const passwords = {
      ...quickPasswords,
      verify: (...pair: Parameters<PasswordHasher['verify']>) => {
        checked += 1;
        return quickPasswords.verify(...pair);
      },
    };
    const check = checkCredentials({ users, passwords, exhausted: true });
    expect(await check({ email: anEmail(PERSON.email) }, PASSWORD)).to.deep.equal({ right: false, user });
    expect(checked).to.equal(1);
  });
});

describe('A password', () => {
  it('A password is refused wherever it is set when it is a common one', async () => {
    const accounts = accountsOn(memoryPersistence());
    const { user, accessToken } = await accounts.signUp(PERSON);
    const actor = await accounts.authenticate(accessToken);
    const common = { ...PERSON, email: 'other@example.org', password: 'Password1' };
    const outcomes = [
      await refusalOf(accounts.signUp(common)),
      await refusalOf(accounts.ensureAdministrator(common)),
      await refusalOf(accounts.createAdministrator(common)),
      await refusalOf(accounts.resetPassword(user.id, 'Password1')),
      actor && (await refusalOf(accounts.changePassword(actor, PASSWORD, 'Password1'))),
    ];
    expect(new Set(outcomes)).to.deep.equal(new Set(['common_password']));
    expect(await accounts.findByEmail(common.email)).to.equal(null);
    expect((await accounts.users.find(user.id))?.passwordHash).to.equal(user.passwordHash);
  });

  it('A password is common in every letter case and Unicode form, and not for being short of symbols', () => {
    for (const password of ['password', 'PASSWORD', 'iLoveYou', 'qwertyuiop']) {
      expect(isCommonPassword(password), password).to.equal(true);
    }
    for (const password of [PASSWORD, 'a long enough password', 'aaaa bbbb cccc'])
      expect(isCommonPassword(password), password).to.equal(false);
  });
});

describe('A hash of an older cost', () => {
  /** Hashes of a setting, told by a number in front of them. */
  const passwordsOf = (setting: number): PasswordHasher => ({
    ...quickPasswords,
    hash: (password) => Promise.resolve(`${setting} ${password}`),
    verify: (password, hash) => Promise.resolve(hash?.replace(/^\d+ /, '') === password),
    isOutdated: (hash) => !hash.startsWith(`${setting} `),
  });
  const signedUp = async () => {
    const store = memoryPersistence();
    const { user } = await accountsOn(store, passwordsOf(1)).signUp(PERSON);
    const hash = async () => (await accountsOn(store).users.find(user.id))?.passwordHash;
    return { store, user, hash };
  };

  it('A hash of an older cost is replaced at the next log-in, and by no failed one', async () => {
    const { store, user, hash } = await signedUp();
    const later = accountsOn(store, passwordsOf(2));
    expect(await refusalOf(later.logIn(PERSON.email, 'a wrong password'))).to.equal('invalid_credentials');
    expect(await hash()).to.equal(`1 ${PASSWORD}`);
    await later.logIn(PERSON.email, PASSWORD);
    expect(await hash()).to.equal(`2 ${PASSWORD}`);
    expect((await later.users.find(user.id))?.version).to.equal(2);
    await later.logIn(PERSON.email, PASSWORD);
    expect((await later.users.find(user.id))?.version, 'once').to.equal(2);
  });

  it('A hash of an older cost is replaced though the password has become a common one', async () => {
    const { store, hash } = await signedUp();
    await accountsOn(store, { ...passwordsOf(2), isCommon: () => true }).logIn(PERSON.email, PASSWORD);
    expect(await hash()).to.equal(`2 ${PASSWORD}`);
  });

  it('A hash of an older cost does not fail a log-in when there is no time to replace it', async () => {
    const { store, hash } = await signedUp();
    const busy = { ...passwordsOf(2), hash: () => Promise.reject(fail('hashing_busy')) };
    await accountsOn(store, busy).logIn(PERSON.email, PASSWORD);
    expect(await hash()).to.equal(`1 ${PASSWORD}`);
  });

  it('A hash of an older cost lets all in who log in while it is replaced', async () => {
    const { store, hash } = await signedUp();
    const later = accountsOn(store, passwordsOf(2));
    await Promise.all(Array.from({ length: 5 }, () => later.logIn(PERSON.email, PASSWORD)));
    expect(await hash()).to.equal(`2 ${PASSWORD}`);
  });

  it('A hash of an older cost may be replaced by a log-in while its user changes something that asks for the password', async () => {
    const { store, user } = await signedUp();
    const { accessToken } = await accountsOn(store, passwordsOf(1)).logIn(PERSON.email, PASSWORD);
    let setting = 1;
    /** A process of this setting that has checked a password when another one, of a later setting, lets the user in. */
    const overtaken = (): Accounts => {
      const [passwords, later] = [passwordsOf(setting), passwordsOf((setting += 1))];
      let overtaking = false;
      return accountsOn(store, {
        ...passwords,
        verify: async (password, hash) => {
          const same = await passwords.verify(password, hash);
          if (!overtaking) {
            overtaking = true;
            await accountsOn(store, later).logIn(user.email, password);
          }
          return same;
        },
      });
    };
    const accounts = accountsOn(store);
    const actor = (await accounts.authenticate(accessToken)) ?? expect.fail('nobody');
    const changes = { username: 'ann-of-shop', currentPassword: PASSWORD };
    expect(await overtaken().changeMe(actor, changes)).to.include({ username: 'ann-of-shop' });
    await overtaken().changePassword(actor, PASSWORD, 'another good password');
    const changed = await accounts.users.find(user.id);
    expect(changed?.passwordHash).to.match(/another good password$/);
    expect(changed?.version, 'two hashes replaced and two changes, each once').to.equal(user.version + 4);
  });
});

describe('The first administrator', () => {
  it('The first administrator is created in a shop that has none, and no other user becomes one', async () => {
    const accounts = accountsOn(memoryPersistence());
    await accounts.signUp(PERSON);
    expect(await refusalOf(accounts.ensureAdministrator(PERSON))).to.equal('email_taken');
    const made = await accounts.ensureAdministrator({ ...PERSON, email: 'admin@example.org' });
    expect(made).to.include({ role: 'admin', email: 'admin@example.org' });
    expect((await accounts.findByEmail(PERSON.email))?.role).to.equal('customer');
  });

  it('The first administrator is not created where an enabled one exists', async () => {
    const accounts = accountsOn(memoryPersistence());
    const disabled = aUser({ role: 'admin', disabled: true });
    await accounts.transact(({ users }) => users.add(disabled));
    expect(await accounts.ensureAdministrator(PERSON)).to.include({ email: PERSON.email });
    expect(await accounts.ensureAdministrator({ ...PERSON, email: 'second@example.org' })).to.equal(null);
    expect(await accounts.findByEmail('second@example.org')).to.equal(null);
  });
});
