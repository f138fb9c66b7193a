import { expect } from 'chai';
import { mailRequested, userChanged, userCreated, userErased } from '#src/contexts/accounts/domain/events.js';
import { KnownPlace } from '#src/contexts/accounts/domain/known-place.js';
import { MailToken, type MailPurpose } from '#src/contexts/accounts/domain/mail-token.js';
import { Session } from '#src/contexts/accounts/domain/session.js';
import { User } from '#src/contexts/accounts/domain/user.js';
import { anEmail, aSession, aUser } from '../support/builders/accounts.js';
import { newId } from '../support/builders/ids.js';

const AT = new Date('2026-05-01T12:00:00.000Z');

describe('A user', () => {
  it('A user begins as a customer who is not disabled, without a user name unless one was given', () => {
    const user = User.create(
      { id: newId(), name: 'Ann', email: anEmail('ann@example.org'), passwordHash: null },
      AT,
    );
    expect(user).to.include({ role: 'customer', disabled: false, username: null, version: 1, createdAt: AT });
  });

  it('A user has the text and the key of the given e-mail address', () => {
    const email = anEmail('Zoë@Example.org');
    const created = User.create({ id: newId(), name: 'Zoë', email, passwordHash: null }, AT);
    const changed = User.change(aUser(), { email }, AT);
    for (const user of [created, changed])
      expect(user).to.include({ email: 'Zoë@Example.org', emailKey: 'zoë@example.org' });
  });

  it('A user must verify another address anew, but not another spelling of the same one', () => {
    const user = aUser({ email: 'ida@bücher.example', emailVerifiedAt: AT });
    const verifiedAt = (email: string) => User.change(user, { email: anEmail(email) }, AT).emailVerifiedAt;
    expect(verifiedAt('Ida@xn--bcher-kva.example')).to.equal(AT);
    expect(verifiedAt('ida@buecher.example')).to.equal(null);
  });

  it('A user has a user name in lower case', () => {
    const created = User.create(
      { id: newId(), name: 'A', email: anEmail('a@b.c'), username: 'Ann.B', passwordHash: null },
      AT,
    );
    const changed = User.change(aUser(), { username: 'Ann-C' }, AT);
    expect([created.username, changed.username]).to.deep.equal(['ann.b', 'ann-c']);
  });

  it('A user can give the user name up', () => {
    expect(User.change(aUser({ username: 'ann' }), { username: null }, AT).username).to.equal(null);
  });

  it('A user keeps what a change does not name', () => {
    const user = aUser({ username: 'ann', role: 'admin' });
    expect(User.change(user, { name: 'Ann Other' }, AT)).to.deep.equal({
      ...user,
      name: 'Ann Other',
      version: user.version + 1,
      updatedAt: AT,
    });
  });

  it('A user has a verified address since it was first verified', () => {
    const user = aUser({ emailVerifiedAt: null });
    const verified = User.verifyEmail(user, AT);
    expect(verified).to.deep.equal({ ...user, emailVerifiedAt: AT, version: user.version + 1 });
    expect(User.verifyEmail(verified, new Date(0)).emailVerifiedAt).to.equal(AT);
  });

  it('A user has a verified address after a reset of the password, since that was mailed', () => {
    const user = aUser({ emailVerifiedAt: null });
    const reset = User.resetPassword(user, 'hash', AT);
    const version = user.version + 1;
    const changes = { passwordHash: 'hash', emailVerifiedAt: AT, version, updatedAt: AT };
    expect(reset).to.deep.equal({ ...user, ...changes });
    expect(User.resetPassword(reset, 'other', new Date(0)).emailVerifiedAt).to.equal(AT);
  });

  it('A user keeps all but the hash when that is renewed, also the time of its last change', () => {
    const user = aUser();
    const renewed = { ...user, passwordHash: 'other', version: user.version + 1 };
    expect(User.renewHash(user, 'other')).to.deep.equal(renewed);
  });

  it('A user has a last version when erased', () => {
    const user = aUser();
    expect(User.erase(user, AT)).to.deep.equal({ ...user, version: user.version + 1, updatedAt: AT });
  });

  it('A user is an active administrator only while not disabled', () => {
    const active = [
      aUser({ role: 'admin' }),
      aUser({ role: 'admin', disabled: true }),
      aUser({ role: 'customer' }),
    ].map(User.isActiveAdmin);
    expect(active).to.deep.equal([true, false, false]);
  });
});

describe('A session', () => {
  const session = aSession(aUser().id, { expiresAt: AT });
  const aMomentBefore = new Date(AT.getTime() - 1);

  it('A session is live until the moment at which it expires', () => {
    expect([aMomentBefore, AT].map((at) => Session.isLive(session, at))).to.deep.equal([true, false]);
  });

  it('A session is not live once it has ended', () => {
    expect(Session.isLive(Session.end(session, aMomentBefore), aMomentBefore)).to.equal(false);
  });

  it('A session has another version after each change', () => {
    const version = session.version + 1;
    expect(Session.replay(session)).to.deep.equal({ ...session, version });
    expect(Session.end(session, AT)).to.deep.equal({ ...session, endedAt: AT, version });
    expect(Session.reauthenticate(session, AT)).to.deep.equal({ ...session, authenticatedAt: AT, version });
  });

  it('A session is used from its device in its network, by any address of that', () => {
    const networkOf = (address: string): string => address.slice(0, 3);
    const isUsedFrom = (
      device: string | null,
      address: string | null,
      from = { device: 'a', address: '1.2.3' },
    ) => Session.isUsedFrom({ device, address }, from, networkOf);
    expect(isUsedFrom('a', '1.2.9')).to.equal(true);
    expect(isUsedFrom('b', '1.2.3')).to.equal(false);
    expect(isUsedFrom('a', '1.3.3')).to.equal(false);
    expect(isUsedFrom('a', null)).to.equal(false);
    expect(isUsedFrom('a', null, { device: 'a', address: '' })).to.equal(true);
    expect(isUsedFrom('a', '1.2.3', { device: '\na', address: '1.2.3' })).to.equal(true);
  });

  it('A session has the device and address of its last refresh, and the expiry that was set then', () => {
    const later = new Date(AT.getTime() + 1);
    const from = { device: 'Chrome', address: '192.0.2.9' };
    const refreshed = Session.refresh(session, aMomentBefore, later, from);
    const { device, address, lastUsedAt, expiresAt } = session;
    expect(refreshed).to.deep.equal({
      ...session,
      ...from,
      lastUsedAt: aMomentBefore,
      expiresAt: later,
      previous: { device, address, lastUsedAt, expiresAt },
      version: session.version + 1,
    });
  });

  describe('that is shown', () => {
    const [minute, hour] = [60_000, 3_600_000];
    const after = (ms: number): Date => new Date(AT.getTime() + ms);
    const from = { device: 'Chrome', address: '192.0.2.9' };
    const opened = aSession(aUser().id, { createdAt: after(-hour), expiresAt: after(hour) });
    const refreshed = Session.refresh(opened, after(1), after(2 * hour), from);

    it('A session shows a refresh a minute later', () => {
      for (const at of [after(-1), after(1), after(minute)])
        expect(Session.show(refreshed, at)).to.deep.equal({
          ...refreshed,
          ...Session.show(opened, at),
          previous: refreshed.previous,
          version: refreshed.version,
        });
      expect(Session.show(refreshed, after(minute + 1))).to.include(from);
    });

    it('A session shows a refresh at once when the use before it is no longer stored', () => {
      expect(Session.show({ ...refreshed, previous: null }, after(1))).to.include(from);
    });

    it('A session shows the hour of its last use, not before its log-in, and the end of the hour in which it expires', () => {
      const times = (session: Session) => {
        const { createdAt, lastUsedAt, expiresAt } = Session.show(session, after(hour));
        return [createdAt, lastUsedAt, expiresAt];
      };
      const late = aSession(aUser().id, { createdAt: after(minute), expiresAt: after(hour + 1) });
      expect(times(late)).to.deep.equal([after(minute), after(minute), after(2 * hour)]);
      const used = {
        ...late,
        createdAt: after(-minute),
        lastUsedAt: after(hour - 1),
        expiresAt: after(hour),
      };
      expect(times(used)).to.deep.equal([after(-minute), AT, after(hour)]);
    });
  });

  it('A session shows the client’s name, without control characters and up to its maximum length', () => {
    const open = (device: string | null, address: string | null) => {
      const { id, userId, createdAt, expiresAt } = session;
      const opened = Session.open({ id, userId, createdAt, expiresAt, device, address });
      return [opened.device, opened.address];
    };
    expect(open(' Zoë’s "phone" ', '::1')).to.deep.equal([' Zoë’s "phone" ', '::1']);
    expect(open('a\u001b[2Jb\u0085\n\u007f', 'x')).to.deep.equal(['a[2Jb', 'x']);
    expect(open('😀'.repeat(201), 'x'.repeat(65))).to.deep.equal(['😀'.repeat(200), 'x'.repeat(64)]);
    expect(open('', '')).to.deep.equal([null, null]);
    expect(open(null, null)).to.deep.equal([null, null]);
  });
});

describe('A mail token', () => {
  const [second, day] = [1000, 24 * 3_600_000];
  const after = (ms: number): Date => new Date(AT.getTime() + ms);
  const lifetimes: readonly [MailPurpose, number][] = [
    ['password_reset', 1800 * second],
    ['email_verification', 3 * day],
  ];
  for (const [purpose, lifetime] of lifetimes) {
    const given = { tokenHash: 'hash', userId: newId<User['id']>(), purpose };
    const token = MailToken.issue(given, AT);

    it(`A mail token is valid for ${String(lifetime / second)} seconds and for one purpose: ${purpose}`, () => {
      expect(token).to.deep.equal({ ...given, createdAt: AT, expiresAt: after(lifetime) });
      expect(MailToken.isValid(token, purpose, after(lifetime - 1))).to.equal(true);
      expect(MailToken.isValid(token, purpose, after(lifetime))).to.equal(false);
      const other = purpose === 'password_reset' ? 'email_verification' : 'password_reset';
      expect(MailToken.isValid(token, other, AT)).to.equal(false);
      expect(MailToken.isValid(null, purpose, AT)).to.equal(false);
    });

    it(`A mail token is sent no later than it would have expired: ${purpose}`, () => {
      expect(MailToken.isTooLate(purpose, AT, after(lifetime - 1))).to.equal(false);
      expect(MailToken.isTooLate(purpose, AT, after(lifetime))).to.equal(true);
    });
  }
});

describe('A known place', () => {
  const day = 24 * 3_600_000;
  const daysAgo = (days: number): Date => new Date(AT.getTime() - days * day);
  const soonerThan = (at: Date): Date => new Date(at.getTime() + 1);

  it('A known place is known for less than 90 days after it was seen last', () => {
    const seen = [null, daysAgo(90), soonerThan(daysAgo(90)), AT];
    expect(seen.map((at) => KnownPlace.isKnown(at, AT))).to.deep.equal([false, false, true, true]);
    expect(KnownPlace.forgottenBefore(AT)).to.deep.equal(daysAgo(90));
  });

  it('A known place is written again a day after it was seen last, not each time', () => {
    const seen = [null, daysAgo(1), soonerThan(daysAgo(1)), AT];
    expect(seen.map((at) => KnownPlace.isToBeRenewed(at, AT))).to.deep.equal([true, true, false, false]);
  });
});

describe('The days of known places', () => {
  it('The days of known places begin at midnight UTC', () => {
    const at = (time: string): Date => new Date(`2026-03-02T${time}Z`);
    expect(KnownPlace.isSameDay(at('00:00:00.000'), at('23:59:59.999'))).to.equal(true);
    expect(KnownPlace.isSameDay(new Date('2026-03-01T23:59:59.999Z'), at('00:00:00.000'))).to.equal(false);
  });
});

describe('The events of an account', () => {
  const user = aUser({ role: 'customer', version: 4 });
  const eventsOf = (before: User, changes: Parameters<typeof User.change>[1]) =>
    userChanged(before, User.change(before, changes, AT));
  const event = (type: string, version: number, occurredAt: Date) => ({
    type,
    aggregateId: user.id,
    version,
    occurredAt,
    data: {},
  });

  it('The events of an account tell that it was created and that it was erased', () => {
    expect(userCreated(user)).to.deep.equal(event('user.created', 4, user.createdAt));
    expect(userErased(User.erase(user, AT))).to.deep.equal(event('user.erased', 5, AT));
  });

  it('The events of an account tell each thing that has changed, in one order, and nothing that has not', () => {
    const email = anEmail('other@example.org');
    const all = eventsOf(user, { disabled: true, role: 'admin', email, name: 'Other' });
    expect(all).to.deep.equal(
      ['user.renamed', 'user.email_changed', 'user.promoted', 'user.disabled'].map((type) =>
        event(type, 5, AT),
      ),
    );
    const back = eventsOf({ ...user, role: 'admin', disabled: true }, { role: 'customer', disabled: false });
    expect(back.map(({ type }) => type)).to.deep.equal(['user.demoted', 'user.enabled']);
    expect(eventsOf(user, { name: user.name, role: 'customer', disabled: false })).to.deep.equal([]);
  });

  it('The events of an account tell nothing of passwords and user names', () => {
    expect(eventsOf(user, { passwordHash: 'hash', username: 'other' })).to.deep.equal([]);
  });

  it('The events of an account ask for a mail to a user', () => {
    const [id, userId] = [newId<Parameters<typeof mailRequested>[1]>(), newId<User['id']>()];
    expect(mailRequested('password_reset', id, userId, AT)).to.deep.equal({
      type: 'password_reset.requested',
      aggregateId: id,
      version: 1,
      occurredAt: AT,
      data: { userId },
    });
  });
});
