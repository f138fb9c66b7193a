import { failWrite } from '../../../../kernel/errors.js';
import type { SessionId } from '../../../../kernel/ids.js';
import { compareText } from '../../../../kernel/text.js';
import type { MemoryScope } from '../../../../platform/memory/store.js';
import type { SessionRepository } from '../../application/ports.js';
import { Session } from '../../domain/session.js';
import { refreshTokens, sessions, users } from './account-tables.js';

const latestFirst = (a: Session, b: Session): number =>
  b.createdAt.getTime() - a.createdAt.getTime() || compareText(b.id, a.id);

const ended = (session: Session, at: Date): Session => ({
  ...Session.end(session, at),
  version: session.version + 1,
});

export const memorySessionRepository = (scope: MemoryScope): SessionRepository => {
  const table = scope.table(sessions);
  const tokens = scope.table(refreshTokens);

  const addToken = (sessionId: SessionId, tokenHash: string, at: Date): Promise<void> =>
    tokens.insert({ tokenHash, sessionId, createdAt: at, spentAt: null });

  return {
    findHolder: async (id) => {
      const session = await table.find(id);
      const user = session && (await scope.table(users).find(session.userId));
      return session && user && { session, role: user.role, disabled: user.disabled };
    },
    listOf: async (userId) =>
      [...(await table.all((session) => session.userId === userId))].sort(latestFirst),
    add: async (session, tokenHash, at) => {
      await table.insert(session);
      await addToken(session.id, tokenHash, at);
    },
    findToken: async (tokenHash) => {
      const token = await tokens.find(tokenHash);
      const session = token && (await table.find(token.sessionId));
      return session && { session, spentAt: token.spentAt };
    },
    rotate: async ({ id, version, lastUsedAt }, spentHash, successorHash, at) => {
      const moved = await table.update(id, (session) =>
        session.version === version ? { ...session, lastUsedAt, version: version + 1 } : null,
      );
      const spent = await tokens.update(spentHash, (token) =>
        token.sessionId === id && token.spentAt === null ? { ...token, spentAt: at } : null,
      );
      if (moved === 0 || spent === 0) throw failWrite('stale_write');
      await addToken(id, successorHash, at);
    },
    // No row touched: it has ended already, which is what was asked for. Likewise below.
    end: async (id, at) => {
      await table.update(id, (session) => (session.endedAt === null ? ended(session, at) : null));
    },
    endAll: async (userId, at, except) => {
      await table.updateWhere(
        (session) => session.userId === userId && session.endedAt === null && session.id !== except,
        (session) => ended(session, at),
      );
    },
  };
};
