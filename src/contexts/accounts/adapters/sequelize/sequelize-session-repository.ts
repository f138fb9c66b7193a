import { Op } from 'sequelize';
import type { Role } from '../../../../kernel/actor.js';
import { failWrite } from '../../../../kernel/errors.js';
import { flag, instant, nullable, text } from '../../../../platform/database/columns.js';
import { findRows, insertRow, plus, updateRows, updateVersion } from '../../../../platform/database/rows.js';
import type { SqlScope } from '../../../../platform/database/scope.js';
import type { SessionRepository } from '../../application/ports.js';
import { accountTables } from './account-tables.js';

const readRole = text<Role>(16).read;
const readFlag = flag().read;
const readSpentAt = nullable(instant()).read;

/** A raw row with the columns of a joined one beside it, as Sequelize nests them. */
type Joined<Name extends string> = Readonly<Record<string, unknown>> & Readonly<Record<Name, object>>;

export const sequelizeSessionRepository = (scope: SqlScope): SessionRepository => {
  const { sessions, refreshTokens } = accountTables(scope.sequelize);
  const raw = () => ({ raw: true, nest: true, transaction: scope.transaction ?? null }) as const;

  return {
    findHolder: async (id) => {
      const user = { association: 'user', attributes: ['role', 'disabled'], required: true };
      const row = await sessions.model.findOne({ where: { id }, include: [user], ...raw() });
      if (row === null) return null;
      const holder = (row as unknown as Joined<'user'>).user as Readonly<Record<string, unknown>>;
      return {
        session: sessions.read(row),
        role: readRole(holder['role']),
        disabled: readFlag(holder['disabled']),
      };
    },
    listOf: (userId) => {
      const order: [string, string][] = [
        ['createdAt', 'DESC'],
        ['id', 'DESC'],
      ];
      return findRows(sessions, { where: { userId }, order }, scope);
    },
    add: async (session, tokenHash, at) => {
      await insertRow(sessions, session, scope);
      const token = { tokenHash, sessionId: session.id, createdAt: at, spentAt: null };
      await insertRow(refreshTokens, token, scope);
    },
    findToken: async (tokenHash) => {
      const session = { association: 'session', required: true };
      const row = await refreshTokens.model.findOne({ where: { tokenHash }, include: [session], ...raw() });
      if (row === null) return null;
      const token = row as unknown as Joined<'session'>;
      return { session: sessions.read(token.session), spentAt: readSpentAt(token['spentAt']) };
    },
    rotate: async ({ id, version, lastUsedAt }, spentHash, successorHash, at) => {
      await updateVersion(sessions, { id, version }, { lastUsedAt }, scope);
      const unspent = { tokenHash: spentHash, sessionId: id, spentAt: null };
      const spent = await updateRows(refreshTokens, { spentAt: at }, unspent, scope);
      if (spent === 0) throw failWrite('stale_write');
      const successor = { tokenHash: successorHash, sessionId: id, createdAt: at, spentAt: null };
      await insertRow(refreshTokens, successor, scope);
    },
    // No row touched: it has ended already, which is what was asked for. Likewise below.
    end: async (id, at) => {
      await updateRows(
        sessions,
        { endedAt: at, version: plus('version', 1, scope) },
        { id, endedAt: null },
        scope,
      );
    },
    endAll: async (userId, at, except) => {
      const live = { userId, endedAt: null, ...(except !== undefined && { id: { [Op.ne]: except } }) };
      await updateRows(sessions, { endedAt: at, version: plus('version', 1, scope) }, live, scope);
    },
  };
};
