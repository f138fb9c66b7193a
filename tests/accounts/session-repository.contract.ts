import { expect } from 'chai';
import type {
  Rotation,
  SessionRepository,
  UserRepository,
} from '#src/contexts/accounts/application/ports.js';
import { fail } from '#src/contexts/accounts/domain/errors.js';
import { Session } from '#src/contexts/accounts/domain/session.js';
import type { User } from '#src/contexts/accounts/domain/user.js';
import { aRotation, aSession, aTokenHash, aUser } from '../support/builders/accounts.js';
import { next, openedSubject, outcomeOnce, refusalOf, tally, walk } from '../support/contract-tools.js';
import { together, type OpenSubject } from '../support/subject.js';

interface Ports {
  readonly users: UserRepository;
  readonly sessions: SessionRepository;
}

const LATER = new Date('2026-03-02T08:30:00.789Z');

/** What every store of sessions has to hold. It may hold other sessions already. */
export const sessionRepositoryContract = (name: string, open: OpenSubject<Ports>): void => {
  const suite = (connections: number) => {
    const store = openedSubject(open, connections);

    const storedUser = async (given: Partial<User> = {}): Promise<User> => {
      const user = aUser(given);
      await store().transact(({ users }) => users.add(user));
      return user;
    };
    const stored = async (owner?: User, given: Partial<Session> = {}) => {
      const user = owner ?? (await storedUser());
      const [session, hash] = [aSession(user.id, given), aTokenHash()];
      await store().transact(({ sessions }) => sessions.add(session, hash, session.createdAt));
      return { user, session, hash };
    };
    const held = ({ id, userId, authenticatedAt, expiresAt, endedAt }: Session) => {
      return { id, userId, authenticatedAt, expiresAt, endedAt };
    };
    const found = ({ id }: Session) => store().outside.sessions.find(id);
    const token = (hash: string) => store().outside.sessions.findToken(hash);
    const rotate = (session: Session, spent: string, given: Partial<Rotation> = {}): Promise<void> =>
      store().transact(({ sessions }) => sessions.rotate(session, aRotation(spent, given)));
    const rotateOnce = (session: Session, spent: string, successor = aTokenHash()): Promise<string> =>
      outcomeOnce(store().transact, ({ sessions }) =>
        sessions.rotate(next(session), aRotation(spent, { successor })),
      );
    const replayOnce = (session: Session): Promise<string> =>
      outcomeOnce(store().transact, ({ sessions }) => sessions.replay(next(session)));
    const end = ({ id }: Session, at = LATER): Promise<void> =>
      store().transact(({ sessions }) => sessions.end(id, at));

    const essentials = () => {
      it('A repository of sessions returns null for a missing session or token', async () => {
        const { id } = aSession(aUser().id);
        expect(await store().outside.sessions.find(id)).to.equal(null);
        expect(await store().outside.sessions.findHolder(id)).to.equal(null);
        expect(await token(aTokenHash())).to.equal(null);
        expect(await store().outside.sessions.listOf(aUser().id)).to.deep.equal([]);
      });

      it('A repository of sessions reads back a session with its first token, which is not consumed, and its user’s role', async () => {
        const { user, session, hash } = await stored(await storedUser({ role: 'admin', disabled: true }));
        expect(await found(session)).to.deep.equal(session);
        const holder = await store().outside.sessions.findHolder(session.id);
        expect(holder).to.deep.equal({ session: held(session), role: 'admin', disabled: true });
        expect(await token(hash)).to.deep.equal({ session, user, consumedAt: null, sealedSuccessor: null });
      });

      it('A repository of sessions leaves nothing of a transaction that fails', async () => {
        const { user, session, hash } = await stored();
        const [added, addedHash, successor] = [aSession(user.id), aTokenHash(), aTokenHash()];
        const work = store().transact(async ({ sessions }) => {
          await sessions.add(added, addedHash, LATER);
          await sessions.rotate(next(session), aRotation(hash, { successor }));
          await sessions.endAll(user.id, LATER);
          throw fail('last_admin');
        });
        expect(await refusalOf(work)).to.equal('last_admin');
        expect(await token(hash)).to.deep.equal({ session, user, consumedAt: null, sealedSuccessor: null });
        expect([await found(added), await token(addedHash), await token(successor)]).to.deep.equal([
          null,
          null,
          null,
        ]);
      });

      it('A repository of sessions consumes a token for its successor, in the next version of the session', async () => {
        const { user, session, hash } = await stored();
        const successor = aTokenHash();
        const from = { device: 'Zoë’s phone 😀', address: null };
        const used = Session.refresh(session, LATER, new Date('2026-03-16T08:30:00.789Z'), from);
        expect(used.previous).to.include({ device: session.device, address: session.address });
        const rotation = aRotation(hash, { successor });
        await rotate(used, hash, rotation);
        const { sealedSuccessor: kept } = rotation;
        expect(await token(hash)).to.deep.equal({
          session: used,
          user,
          consumedAt: LATER,
          sealedSuccessor: kept,
        });
        expect(await token(successor)).to.deep.equal({
          session: used,
          user,
          consumedAt: null,
          sealedSuccessor: kept,
        });
      });

      it('A repository of sessions lets one of twenty win that consume one token at once', async () => {
        const { session, hash } = await stored();
        const successors = Array.from({ length: 20 }, () => aTokenHash());
        const outcomes = await Promise.all(
          successors.map((successor) => rotateOnce(session, hash, successor)),
        );
        expect(tally(outcomes)).to.deep.equal({ done: 1, stale_write: 19 });
        const issued = (await Promise.all(successors.map(token))).map((it) => it !== null);
        expect(issued).to.deep.equal(outcomes.map((outcome) => outcome === 'done'));
      });

      it('A repository of sessions returns the stored successor to one of twenty that replay one token at once', async () => {
        const { session, hash } = await stored();
        await rotate(next(session), hash);
        const rotated = { ...session, version: 2 };
        const outcomes = await Promise.all(Array.from({ length: 20 }, () => replayOnce(rotated)));
        expect(tally(outcomes)).to.deep.equal({ done: 1, stale_write: 19 });
        expect(await token(hash)).to.deep.include({
          session: { ...rotated, version: 3 },
          sealedSuccessor: null,
        });
      });

      it('A repository of sessions ends all sessions of a user but one, and no other user’s', async () => {
        const { user, session: kept } = await stored();
        const { session: other } = await stored(user);
        const { session: foreign } = await stored();
        await store().transact(({ sessions }) => sessions.endAll(user.id, LATER, kept.id));
        expect(await found(other)).to.deep.equal({ ...other, endedAt: LATER, version: 2 });
        expect([await found(kept), await found(foreign)]).to.deep.equal([kept, foreign]);
        await store().transact(({ sessions }) => sessions.endAll(user.id, LATER));
        expect((await found(kept))?.endedAt).to.deep.equal(LATER);
      });
    };

    const details = () => {
      it('A repository of sessions returns the present role and state of a session’s user', async () => {
        const { user, session } = await stored();
        await store().transact(({ users }) => users.update(next({ ...user, role: 'admin', disabled: true })));
        const holder = await store().outside.sessions.findHolder(session.id);
        expect(holder).to.deep.equal({ session: held(session), role: 'admin', disabled: true });
      });

      it('A repository of sessions consumes no token a second time, whatever version its session is of', async () => {
        const { session, hash } = await stored();
        const successor = aTokenHash();
        await rotate(next(session), hash);
        expect(await rotateOnce({ ...session, version: 2 }, hash, successor)).to.equal('stale_write');
        expect(await token(successor)).to.equal(null);
        expect((await found(session))?.version).to.equal(2);
      });

      it('A repository of sessions consumes neither an unknown token nor one of another session', async () => {
        const [mine, theirs] = [await stored(), await stored()];
        expect(await rotateOnce(mine.session, aTokenHash())).to.equal('stale_write');
        expect(await rotateOnce(mine.session, theirs.hash)).to.equal('stale_write');
        expect(await token(theirs.hash)).to.deep.equal({
          session: theirs.session,
          user: theirs.user,
          consumedAt: null,
          sealedSuccessor: null,
        });
      });

      it('A repository of sessions consumes no token of a session that has ended meanwhile', async () => {
        const { session, hash } = await stored();
        await end(session);
        expect(await rotateOnce(session, hash)).to.equal('stale_write');
      });

      it('A repository of sessions gives no successor of a session that has ended or been refreshed meanwhile, or is not there', async () => {
        const [one, other] = [await stored(), await stored()];
        const successor = aTokenHash();
        await rotate(next(one.session), one.hash);
        await end({ ...one.session, version: 2 });
        await rotate(next(other.session), other.hash, { successor });
        const refreshed = { ...other.session, version: 2 };
        await rotate(next(refreshed), successor);
        for (const session of [{ ...one.session, version: 2 }, refreshed, aSession(aUser().id)])
          expect(await replayOnce(session)).to.equal('stale_write');
        expect((await token(successor))?.sealedSuccessor).to.not.equal(null);
      });

      it('A repository of sessions keeps a session that was refreshed, and what was shown before, when its successor was given', async () => {
        const { session, hash } = await stored();
        const used = Session.refresh(session, LATER, session.expiresAt, { device: null, address: null });
        await rotate(used, hash);
        await store().transact(({ sessions }) => sessions.replay(next(used)));
        expect(await found(session)).to.deep.equal({ ...used, version: 3 });
      });

      it('A repository of sessions stores when a user has proved their password again, which a rotation leaves as it is', async () => {
        const { session, hash } = await stored();
        await store().transact(({ sessions }) => sessions.reauthenticate(session.id, LATER));
        const reauthenticated = { ...session, authenticatedAt: LATER, version: 2 };
        expect(await found(session)).to.deep.equal(reauthenticated);
        await rotate(next(reauthenticated), hash);
        expect((await found(session))?.authenticatedAt).to.deep.equal(LATER);
      });

      it('A repository of sessions stores nothing of a password that is proved in a session that has ended, or is not there', async () => {
        const { session } = await stored();
        await end(session);
        const absent = aSession(aUser().id);
        for (const { id } of [session, absent])
          await store().transact(({ sessions }) => sessions.reauthenticate(id, LATER));
        expect(await found(session)).to.deep.equal({ ...session, endedAt: LATER, version: 2 });
        expect(await found(absent)).to.equal(null);
      });

      it('A repository of sessions ends a session once: the first time stands', async () => {
        const { session } = await stored();
        await end(session);
        await end(session, new Date('2026-03-03T00:00:00.000Z'));
        expect(await found(session)).to.deep.equal({ ...session, endedAt: LATER, version: 2 });
      });

      it('A repository of sessions ignores the end of a missing session', async () => {
        const absent = aSession(aUser().id);
        await end(absent);
        expect(await found(absent)).to.equal(null);
      });

      it('A repository of sessions stores no session of a missing user', async () => {
        const [absent, hash] = [aSession(aUser().id), aTokenHash()];
        const [result] = await together([
          () => store().transact(({ sessions }) => sessions.add(absent, hash, LATER)),
        ]);
        expect(result?.status).to.equal('rejected');
        expect([await found(absent), await token(hash)]).to.deep.equal([null, null]);
      });

      it('A repository of sessions lists a user’s sessions, ended ones too, the latest first and of one time the highest id', async () => {
        const user = await storedUser();
        const { session: first } = await stored(user, { endedAt: LATER });
        const { session: second } = await stored(user);
        const { session: latest } = await stored(user, { createdAt: LATER });
        await stored();
        expect(await store().outside.sessions.listOf(user.id)).to.deep.equal([latest, second, first]);
      });

      it('A repository of sessions stores the successor of the token that was consumed last, and no other', async () => {
        const { session, hash } = await stored();
        const [first, second] = [aTokenHash(), aTokenHash()];
        await rotate(next(session), hash, { successor: first });
        const kept = { sealed: 'another', until: new Date('2026-03-02T09:00:00.000Z') };
        await rotate(next({ ...session, version: 2 }), first, { successor: second, sealedSuccessor: kept });
        for (const each of [hash, first, second])
          expect((await token(each))?.sealedSuccessor).to.deep.equal(kept);
      });

      it('A repository of sessions forgets the refreshes whose grace period is over, a number of them at a time, and no other', async () => {
        const [early, late] = [new Date('2001-01-01T00:00:00.000Z'), new Date('2001-01-02T00:00:00.000Z')];
        const hashes: string[] = [];
        for (const until of [early, early, early, late]) {
          const { session, hash } = await stored();
          const used = Session.refresh(session, LATER, session.expiresAt, session);
          await rotate(used, hash, { sealedSuccessor: { sealed: 'sealed', until } });
          hashes.push(hash);
          // The grace period of a successor that was given is over as well.
          if (hashes.length === 1) expect(await replayOnce(used)).to.equal('done');
        }
        const forget = () => store().transact(({ sessions }) => sessions.forgetRefreshes(late, 2));
        expect([await forget(), await forget(), await forget()]).to.deep.equal([2, 1, 0]);
        const left = (await Promise.all(hashes.map(token))).map((it) => [
          it?.sealedSuccessor?.sealed,
          it?.session.previous?.device,
        ]);
        const forgotten = [undefined, undefined];
        expect(left).to.deep.equal([forgotten, forgotten, forgotten, ['sealed', 'Firefox']]);
      });

      it('A repository of sessions removes sessions that were over before a time, their tokens first, a number of rows at a time', async () => {
        const user = await storedUser();
        const [before, early] = [new Date('2002-01-02T00:00:00.000Z'), new Date('2002-01-01T00:00:00.000Z')];
        const expired = await stored(user, { expiresAt: early });
        const successor = aTokenHash();
        await rotate(next(expired.session), expired.hash, { successor });
        const ended = await stored(user, { endedAt: early });
        const both = await stored(user, { endedAt: early, expiresAt: early });
        const [live, atThatTime] = [await stored(user), await stored(user, { expiresAt: before })];
        const purge = () => store().transact(({ sessions }) => sessions.purge(before, 3));
        let [rows, most] = [0, 0];
        for (let purged = await purge(); purged > 0; purged = await purge())
          [rows, most] = [rows + purged, Math.max(most, purged)];
        expect([rows, most]).to.deep.equal([7, 3]);
        for (const each of [expired.hash, successor, ended.hash, both.hash])
          expect(await token(each)).to.equal(null);
        expect(await store().outside.sessions.listOf(user.id)).to.have.deep.members([
          live.session,
          atThatTime.session,
        ]);
        expect(await token(live.hash)).to.not.equal(null);
      });

      it('A repository of sessions lists the sessions of a user that live, the latest first, page by page', async () => {
        const user = await storedUser();
        const at = (minute: number) => new Date(Date.UTC(2026, 2, 1, 12, minute));
        const live: Session[] = [];
        for (const minute of [1, 2, 2, 3, 4])
          live.push((await stored(user, { createdAt: at(minute) })).session);
        await stored(user, { endedAt: LATER });
        await stored(user, { expiresAt: LATER });
        await stored();
        const listed = await walk((page) => store().outside.sessions.listLive(user.id, LATER, page), 2);
        expect(listed).to.have.deep.members(live);
        const position = ({ createdAt, id }: Session) => `${createdAt.toISOString()} ${id}`;
        expect(listed.map(position)).to.deep.equal(live.map(position).sort().reverse());
      });
    };
    return { essentials, details };
  };

  describe(`SessionRepository on ${name}`, () => {
    const { essentials, details } = suite(20);
    essentials();
    details();
  });
  describe(`SessionRepository on ${name}, with one connection`, () => {
    suite(1).essentials();
  });
};
