import { failWrite } from '#src/kernel/errors.js';
import { pageOf } from '#src/kernel/page.js';
import { readPage } from '#src/platform/database/lists.js';
import {
  deleteVersion,
  findRow,
  findRows,
  insertRow,
  updateRows,
  updateVersion,
} from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { EndpointRepository } from '../../application/ports.js';
import type { Endpoint } from '../../domain/endpoint.js';
import type { SealedSecret } from '../../domain/ids.js';
import { webhookTables, type EndpointRow } from './webhook-tables.js';

/** Written by `toRow` alone, as `eventTypes` is. */
interface StoredSecret {
  readonly secret: SealedSecret;
  readonly endsAt: string;
}

const toEndpoint = ({ eventTypes, formerSecrets, ...row }: EndpointRow): Endpoint => ({
  ...row,
  eventTypes: JSON.parse(eventTypes) as Endpoint['eventTypes'],
  formerSecrets: (JSON.parse(formerSecrets ?? '[]') as readonly StoredSecret[]).map(({ secret, endsAt }) => ({
    secret,
    endsAt: new Date(endsAt),
  })),
});

const toRow = ({ eventTypes, formerSecrets, ...endpoint }: Endpoint): EndpointRow => ({
  ...endpoint,
  eventTypes: JSON.stringify(eventTypes),
  formerSecrets: formerSecrets.length === 0 ? null : JSON.stringify(formerSecrets),
});

/** Id of the only row. */
const LIST = 1;

/** A concurrent transaction has added the row since this one has looked. */
const ADDED = { webhook_endpoint_lists_pkey: () => failWrite('stale_write') };

export const sequelizeEndpointRepository = (scope: SqlScope): EndpointRepository => {
  const { endpoints, lists } = webhookTables(scope.sequelize);
  /** Locks the list and returns its version. */
  const lockedVersion = async (): Promise<number> => {
    const found = await findRow(lists, { id: LIST }, scope, { lock: true });
    if (found === null) await insertRow(lists, { id: LIST, version: 0 }, scope, ADDED);
    return found?.version ?? 0;
  };
  return {
    find: async (id) => {
      const row = await findRow(endpoints, { id }, scope);
      return row && toEndpoint(row);
    },
    listAll: async () => (await findRows(endpoints, {}, scope)).map(toEndpoint),
    list: async (page) => {
      const sort = { column: 'createdAt', direction: 'desc' } as const;
      const { items, next } = pageOf(
        await readPage(endpoints, { sort, page }, scope),
        page.limit,
        ({ createdAt, id }) => ({ key: createdAt.getTime(), id }),
      );
      return { items: items.map(toEndpoint), next };
    },
    lockList: async () => {
      await lockedVersion();
    },
    reviseList: async (above = 0) => {
      const next = Math.max(await lockedVersion(), above) + 1;
      await updateRows(lists, { version: next }, { id: LIST }, scope);
      return next;
    },
    add: (endpoint) => insertRow(endpoints, toRow(endpoint), scope),
    update: (endpoint) => {
      const { id, version, createdAt: _createdAt, ...changes } = toRow(endpoint);
      return updateVersion(endpoints, { id, version }, changes, scope);
    },
    remove: ({ id, version }) => deleteVersion(endpoints, { id, version }, scope),
  };
};
