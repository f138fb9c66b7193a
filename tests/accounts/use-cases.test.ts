import { expect } from 'chai';
import type { LoggedIn } from '#src/contexts/accounts/application/open-session.js';
import { checkCredentials } from '#src/contexts/accounts/application/check-credentials.js';
import { memoryPersistence } from '#src/main/persistence/memory-persistence.js';
import { aSession, aTokenHash, aUser } from '../support/builders/accounts.js';
import { newId } from '../support/builders/ids.js';
import { refusalOf } from '../support/contract-tools.js';
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

  it('stands for its user, in their session, with the role that they have now', async () => {
    expect(await holderOf(ann)).to.include({ id: ann.user.id, role: 'customer' });
    await accounts.changeUser(ann.user.id, { role: 'admin' });
    expect(await holderOf(ann)).to.include({ id: ann.user.id, role: 'admin' });
  });

  it('stands for nobody in a session that is not there, or is somebody else’s', async () => {
    const bob = await accounts.signUp({ ...PERSON, email: 'bob@example.org' });
    const { sessionId } = JSON.parse(bob.accessToken) as { sessionId: string };
    for (const claim of [
      { userId: ann.user.id, sessionId: newId() },
      { userId: ann.user.id, sessionId },
    ]) {
      expect(await accounts.authenticate(JSON.stringify(claim))).to.equal(null);
    }
  });

  it('stands for nobody once its session has ended', async () => {
    const actor = await holderOf(ann);
    if (actor !== null) await accounts.logOut(actor);
    expect(await holderOf(ann)).to.equal(null);
  });

  it('stands for nobody whose session has expired', async () => {
    const session = aSession(ann.user.id, { expiresAt: NOW });
    await accounts.transact(({ sessions }) => sessions.add(session, aTokenHash(), session.createdAt));
    const token = JSON.stringify({ userId: ann.user.id, sessionId: session.id });
    expect(await accounts.authenticate(token)).to.equal(null);
  });

  it('stands for nobody who is disabled, however that came about; nor is it refreshed', async () => {
    await accounts.transact(({ users }) => users.update({ ...ann.user, disabled: true }));
    expect(await holderOf(ann)).to.equal(null);
    expect(await refusalOf(accounts.refresh(ann.refreshToken))).to.equal('invalid_refresh_token');
  });
});

describe('Credentials', () => {
  it('are not good for a disabled account, and no transaction is needed to say so', async () => {
    const { users, transact, signUp } = accountsOn(memoryPersistence());
    const { user } = await signUp(PERSON);
    const check = checkCredentials({ users, passwords: quickPasswords });
    expect(await check(PERSON.email, PASSWORD)).to.deep.equal(user);
    await transact((ports) => ports.users.update({ ...user, disabled: true }));
    expect(await refusalOf(check(PERSON.email, PASSWORD))).to.equal('invalid_credentials');
  });
});

describe('The first administrator', () => {
  it('is made in a shop that has none, by which nobody else becomes one', async () => {
    const accounts = accountsOn(memoryPersistence());
    await accounts.signUp(PERSON);
    expect(await refusalOf(accounts.ensureAdministrator(PERSON))).to.equal('email_taken');
    const made = await accounts.ensureAdministrator({ ...PERSON, email: 'admin@example.org' });
    expect(made).to.include({ role: 'admin', email: 'admin@example.org' });
    expect((await accounts.users.findByEmail(PERSON.email))?.role).to.equal('customer');
  });

  it('is not made where one is who is not disabled', async () => {
    const accounts = accountsOn(memoryPersistence());
    const disabled = aUser({ role: 'admin', disabled: true });
    await accounts.transact(({ users }) => users.add(disabled));
    expect(await accounts.ensureAdministrator(PERSON)).to.include({ email: PERSON.email });
    expect(await accounts.ensureAdministrator({ ...PERSON, email: 'second@example.org' })).to.equal(null);
    expect(await accounts.users.findByEmail('second@example.org')).to.equal(null);
  });
});
