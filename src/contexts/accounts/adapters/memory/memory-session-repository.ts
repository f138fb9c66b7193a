import { failWrite } from '#src/kernel/errors.js';
import type { SessionId } from '#src/kernel/ids.js';
import { pageOf } from '#src/kernel/page.js';
import { compareText } from '#src/kernel/text.js';
import { pageOfRows } from '#src/platform/memory/page.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import type { SessionRepository } from '../../application/ports.js';
import { Session } from '../../domain/session.js';
import { refreshTokens, sessions, users, type SessionRow } from './account-tables.js';

const latestFirst = (a: Session, b: Session): number =>
  b.createdAt.getTime() - a.createdAt.getTime() || compareText(b.id, a.id);

const ended = (row: SessionRow, at: Date): SessionRow => ({ ...row, session: Session.end(row.session, at) });

export const memorySessionRepository = (scope: MemoryScope): SessionRepository => {
  const table = scope.table(sessions);
  const tokens = scope.table(refreshTokens);

  const addToken = (sessionId: SessionId, tokenHash: string, at: Date): Promise<void> =>
    tokens.insert({ tokenHash, sessionId, createdAt: at, spentAt: null });

  const all = async (where: (session: Session) => boolean): Promise<readonly Session[]> =>
    (await table.all((row) => where(row.session))).map(({ session }) => session);

  return {
    find: async (id) => (await table.find(id))?.session ?? null,
    findHolder: async (id) => {
      const row = await table.find(id);
      const user = row && (await scope.table(users).find(row.session.userId));
      if (row === null || user === null) return null;
      const { userId, authenticatedAt, expiresAt, endedAt } = row.session;
      const session = { id, userId, authenticatedAt, expiresAt, endedAt };
      return { session, role: user.role, disabled: user.disabled };
    },
    listOf: async (userId) => [...(await all((session) => session.userId === userId))].sort(latestFirst),
    listLive: async (userId, at, page) => {
      const live = await all((session) => session.userId === userId && Session.isLive(session, at));
      const sort = ({ createdAt }: Session): number => createdAt.getTime();
      const sorted = pageOfRows(live, { sort, id: ({ id }) => id, direction: 'desc', page });
      return pageOf(sorted, page.limit, (session) => ({ key: sort(session), id: session.id }));
    },
    add: async (session, tokenHash, at) => {
      await table.insert({ session, sealedSuccessor: null, graceUntil: null });
      await addToken(session.id, tokenHash, at);
    },
    findToken: async (tokenHash) => {
      const token = await tokens.find(tokenHash);
      const row = token && (await table.find(token.sessionId));
      const user = row && (await scope.table(users).find(row.session.userId));
      if (token === null || row === null || user === null) return null;
      const { session, sealedSuccessor } = row;
      return { session, user, sealedSuccessor, consumedAt: token.spentAt };
    },
    rotate: async (session, { consumed, successor, sealedSuccessor, at }) => {
      const { id, version } = session;
      const moved = await table.update(id, (row) =>
        row.session.version === version - 1
          ? { session, sealedSuccessor, graceUntil: sealedSuccessor.until }
          : null,
      );
      const touched = await tokens.update(consumed, (token) =>
        token.sessionId === id && token.spentAt === null ? { ...token, spentAt: at } : null,
      );
      if (moved === 0 || touched === 0) throw failWrite('stale_write');
      await addToken(id, successor, at);
    },
    replay: async ({ id, version }) => {
      const moved = await table.update(id, (row) =>
        row.session.version === version - 1
          ? { ...row, session: { ...row.session, version }, sealedSuccessor: null }
          : null,
      );
      if (moved === 0) throw failWrite('stale_write');
    },
    reauthenticate: async (id, authenticatedAt) => {
      await table.update(id, (row) =>
        row.session.endedAt === null
          ? { ...row, session: Session.reauthenticate(row.session, authenticatedAt) }
          : null,
      );
    },
    // No row updated: the session has ended already, as requested. Likewise below.
    end: async (id, at) => {
      await table.update(id, (row) => (row.session.endedAt === null ? ended(row, at) : null));
    },
    endAll: async (userId, at, except) => {
      await table.updateWhere(
        ({ session }) => session.userId === userId && session.endedAt === null && session.id !== except,
        (row) => ended(row, at),
      );
    },
    forgetRefreshes: async (at, limit) => {
      const isOver = ({ graceUntil }: SessionRow): boolean => graceUntil !== null && graceUntil < at;
      const ids = (await table.all(isOver)).slice(0, limit).map(({ session }) => session.id);
      return table.updateWhere(
        (row) => ids.includes(row.session.id) && isOver(row),
        ({ session }) => ({
          session: { ...session, previous: null },
          sealedSuccessor: null,
          graceUntil: null,
        }),
      );
    },
    purge: async (before, limit) => {
      const isOver = ({ expiresAt, endedAt }: Session): boolean =>
        expiresAt < before || (endedAt !== null && endedAt < before);
      const ids = (await all(isOver)).slice(0, limit).map(({ id }) => id);
      const theirs = (await tokens.all(({ sessionId }) => ids.includes(sessionId))).slice(0, limit);
      if (theirs.length === 0) return table.deleteWhere(({ session }) => ids.includes(session.id));
      const hashes = new Set(theirs.map(({ tokenHash }) => tokenHash));
      return tokens.deleteWhere(({ tokenHash }) => hashes.has(tokenHash));
    },
  };
};
