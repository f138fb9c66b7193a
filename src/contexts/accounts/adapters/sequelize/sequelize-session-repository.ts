import { Op } from 'sequelize';
import { failWrite } from '#src/kernel/errors.js';
import type { SessionId } from '#src/kernel/ids.js';
import { pageOf } from '#src/kernel/page.js';
import { readPage } from '#src/platform/database/lists.js';
import {
  deleteRows,
  findJoinedColumns,
  findJoinedRows,
  findRow,
  findRows,
  insertRow,
  plus,
  updateRows,
  updateVersion,
  type Sql,
} from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { SealedSuccessor, SessionRepository } from '../../application/ports.js';
import type { Session, Use } from '../../domain/session.js';
import { accountReferences, accountTables, type SessionRow } from './account-tables.js';

/** When a session's user last proved their password. */
const provedAt = ({ authenticatedAt, createdAt }: Pick<SessionRow, 'authenticatedAt' | 'createdAt'>): Date =>
  authenticatedAt ?? createdAt;

/** What every request with an access token asks of its session. */
const HELD = ['id', 'userId', 'createdAt', 'authenticatedAt', 'expiresAt', 'endedAt'] as const;

const toSession = ({
  successor: _successor,
  graceUntil: _graceUntil,
  previousDevice: device,
  previousAddress: address,
  previousUsedAt: lastUsedAt,
  previousExpiresAt: expiresAt,
  ...session
}: SessionRow): Session => {
  const isKnown = lastUsedAt !== null && expiresAt !== null;
  return {
    ...session,
    authenticatedAt: provedAt(session),
    previous: isKnown ? { device, address, lastUsedAt, expiresAt } : null,
  };
};

const previousColumns = (previous: Use | null) => ({
  previousDevice: previous?.device ?? null,
  previousAddress: previous?.address ?? null,
  previousUsedAt: previous?.lastUsedAt ?? null,
  previousExpiresAt: previous?.expiresAt ?? null,
});

const sealedSuccessorIn = ({ successor, graceUntil }: SessionRow): SealedSuccessor | null =>
  successor === null || graceUntil === null ? null : { sealed: successor, until: graceUntil };

/** Returns each id once, in the order in which all transactions lock them. */
const idsOf = (rows: readonly SessionRow[]): SessionId[] => [...new Set(rows.map(({ id }) => id))].sort();

const FORGOTTEN = { successor: null, graceUntil: null, ...previousColumns(null) };

export const sequelizeSessionRepository = (scope: SqlScope): SessionRepository => {
  const { sessions, refreshTokens } = accountTables(scope.sequelize);
  const { toUser, toUserState, toToken } = accountReferences(scope.sequelize);

  return {
    find: async (id) => {
      const row = await findRow(sessions, { id }, scope);
      return row && toSession(row);
    },
    findHolder: async (id) => {
      const found = await findJoinedColumns(sessions, HELD, toUserState, { id }, scope);
      if (found === null) return null;
      const [{ createdAt, ...session }, { role, disabled }] = found;
      const authenticatedAt = provedAt({ ...session, createdAt });
      return { session: { ...session, authenticatedAt }, role, disabled };
    },
    listOf: async (userId) => {
      const order: [string, string][] = [
        ['createdAt', 'DESC'],
        ['id', 'DESC'],
      ];
      return (await findRows(sessions, { where: { userId }, order }, scope)).map(toSession);
    },
    listLive: async (userId, at, page) => {
      const where = { endedAt: null, expiresAt: { [Op.gt]: at } };
      const sort = { column: 'createdAt', direction: 'desc' } as const;
      const rows = await readPage(sessions, { equal: { userId }, where, sort, page }, scope);
      const position = ({ id, createdAt }: Session) => ({ key: createdAt.getTime(), id });
      return pageOf(rows.map(toSession), page.limit, position);
    },
    add: async ({ previous: _previous, ...session }, tokenHash, at) => {
      await insertRow(sessions, { ...session, ...FORGOTTEN }, scope);
      const token = { tokenHash, sessionId: session.id, createdAt: at, spentAt: null };
      await insertRow(refreshTokens, token, scope);
    },
    findToken: async (tokenHash) => {
      const where: Sql = (bind) => `${refreshTokens.names.qualified('tokenHash')} = ${bind(tokenHash)}`;
      const query = { where, limit: 1 };
      const [found] = await findJoinedRows(sessions, [toUser, toToken], query, scope);
      if (found === undefined) return null;
      const [stored, user, { spentAt: consumedAt }] = found;
      return { session: toSession(stored), user, consumedAt, sealedSuccessor: sealedSuccessorIn(stored) };
    },
    rotate: async ({ id, version, ...session }, { consumed, successor, sealedSuccessor, at }) => {
      const { device, address, lastUsedAt, expiresAt, previous } = session;
      const changes = { device, address, lastUsedAt, expiresAt, ...previousColumns(previous) };
      const keeping = { successor: sealedSuccessor.sealed, graceUntil: sealedSuccessor.until };
      await updateVersion(sessions, { id, version }, { ...changes, ...keeping }, scope);
      const notConsumed = { tokenHash: consumed, sessionId: id, spentAt: null };
      const touched = await updateRows(refreshTokens, { spentAt: at }, notConsumed, scope);
      if (touched === 0) throw failWrite('stale_write');
      const next = { tokenHash: successor, sessionId: id, createdAt: at, spentAt: null };
      await insertRow(refreshTokens, next, scope);
    },
    replay: ({ id, version }) => updateVersion(sessions, { id, version }, { successor: null }, scope),
    reauthenticate: async (id, authenticatedAt) => {
      const changes = { authenticatedAt, version: plus('version', 1, scope) };
      await updateRows(sessions, changes, { id, endedAt: null }, scope);
    },
    // No row updated: the session has ended already, as requested. Likewise below.
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
    // Checks the rows themselves again: one that was refreshed meanwhile stays as it is now.
    forgetRefreshes: async (at, limit) => {
      const graceUntil = { [Op.lt]: at };
      const expired = await findRows(sessions, { where: { graceUntil }, limit }, scope);
      if (expired.length === 0) return 0;
      return updateRows(sessions, FORGOTTEN, { id: { [Op.in]: idsOf(expired) }, graceUntil }, scope);
    },
    purge: async (before, limit) => {
      const dead = [
        ...(await findRows(sessions, { where: { expiresAt: { [Op.lt]: before } }, limit }, scope)),
        ...(await findRows(sessions, { where: { endedAt: { [Op.lt]: before } }, limit }, scope)),
      ].slice(0, limit);
      if (dead.length === 0) return 0;
      const sessionId = { [Op.in]: idsOf(dead) };
      const tokens = await findRows(refreshTokens, { where: { sessionId }, limit }, scope);
      if (tokens.length === 0) return deleteRows(sessions, { id: sessionId }, scope);
      const hashes = tokens.map(({ tokenHash }) => tokenHash).sort();
      return deleteRows(refreshTokens, { tokenHash: { [Op.in]: hashes } }, scope);
    },
  };
};
