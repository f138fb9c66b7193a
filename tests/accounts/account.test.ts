import { expect } from 'chai';
import { Session } from '#src/contexts/accounts/domain/session.js';
import { User } from '#src/contexts/accounts/domain/user.js';
import { anEmail, aSession, aUser } from '../support/builders/accounts.js';
import { newId } from '../support/builders/ids.js';

const AT = new Date('2026-05-01T12:00:00.000Z');

describe('A user', () => {
  it('begins as a customer who is not disabled, without a user name unless one was given', () => {
    const user = User.create(
      { id: newId(), name: 'Ann', email: anEmail('ann@example.org'), passwordHash: null },
      AT,
    );
    expect(user).to.include({ role: 'customer', disabled: false, username: null, version: 1, createdAt: AT });
  });

  it('has the text and the key of the e-mail address that was given', () => {
    const email = anEmail('Zoë@Example.org');
    const created = User.create({ id: newId(), name: 'Zoë', email, passwordHash: null }, AT);
    const changed = User.change(aUser(), { email }, AT);
    for (const user of [created, changed])
      expect(user).to.include({ email: 'Zoë@Example.org', emailKey: 'zoë@example.org' });
  });

  it('has to verify another address anew, but not another spelling of the same one', () => {
    const user = aUser({ email: 'ida@bücher.example', emailVerifiedAt: AT });
    const verifiedAt = (email: string) => User.change(user, { email: anEmail(email) }, AT).emailVerifiedAt;
    expect(verifiedAt('Ida@xn--bcher-kva.example')).to.equal(AT);
    expect(verifiedAt('ida@buecher.example')).to.equal(null);
  });

  it('has a user name in lower case', () => {
    const created = User.create(
      { id: newId(), name: 'A', email: anEmail('a@b.c'), username: 'Ann.B', passwordHash: null },
      AT,
    );
    const changed = User.change(aUser(), { username: 'Ann-C' }, AT);
    expect([created.username, changed.username]).to.deep.equal(['ann.b', 'ann-c']);
  });

  it('can give the user name up', () => {
    expect(User.change(aUser({ username: 'ann' }), { username: null }, AT).username).to.equal(null);
  });

  it('keeps what a change does not name', () => {
    const user = aUser({ username: 'ann', role: 'admin' });
    expect(User.change(user, { name: 'Ann Other' }, AT)).to.deep.equal({
      ...user,
      name: 'Ann Other',
      version: user.version + 1,
      updatedAt: AT,
    });
  });

  it('is an active administrator only while not disabled', () => {
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

  it('is live until the moment at which it expires', () => {
    expect([aMomentBefore, AT].map((at) => Session.isLive(session, at))).to.deep.equal([true, false]);
  });

  it('is not live once it has ended', () => {
    expect(Session.isLive(Session.end(session, aMomentBefore), aMomentBefore)).to.equal(false);
  });

  it('is from where it was refreshed last, and lasts as long as it was told then', () => {
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

    it('shows a refresh a minute later', () => {
      for (const at of [after(-1), after(1), after(minute)])
        expect(Session.show(refreshed, at)).to.deep.equal({
          ...refreshed,
          ...Session.show(opened, at),
          previous: refreshed.previous,
          version: refreshed.version,
        });
      expect(Session.show(refreshed, after(minute + 1))).to.include(from);
    });

    it('shows a refresh at once when what was shown before is no longer kept', () => {
      expect(Session.show({ ...refreshed, previous: null }, after(1))).to.include(from);
    });

    it('shows the hour of its last use, not before its log-in, and the end of the hour in which it expires', () => {
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

  it('shows what a client calls itself, but for control characters and what is too long', () => {
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
