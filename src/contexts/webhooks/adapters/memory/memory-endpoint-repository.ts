import { failWrite } from '#src/kernel/errors.js';
import { pageOf } from '#src/kernel/page.js';
import { pageOfRows } from '#src/platform/memory/page.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { memoryTable, primaryName } from '#src/platform/memory/table.js';
import { deleteVersion, updateVersion } from '#src/platform/memory/versions.js';
import type { EndpointRepository } from '../../application/ports.js';
import type { Endpoint } from '../../domain/endpoint.js';

const endpointTable = memoryTable<Endpoint>({ name: 'webhook_endpoints', key: ({ id }) => id });

/** One row: the list of endpoints as a whole. */
const listTable = memoryTable<{ readonly id: string; readonly version: number }>({
  name: 'webhook_endpoint_lists',
  key: ({ id }) => id,
});
const LIST = 'endpoints';

const ADDED = { [primaryName(listTable)]: () => failWrite('stale_write') };

const time = ({ createdAt }: Endpoint): number => createdAt.getTime();

export const memoryEndpointRepository = (scope: MemoryScope): EndpointRepository => {
  const endpoints = scope.table(endpointTable);
  const lists = scope.table(listTable);
  const lockedVersion = async (): Promise<number> => {
    const found = await lists.lock(LIST);
    if (found === null) await lists.insert({ id: LIST, version: 0 }, ADDED);
    return found?.version ?? 0;
  };
  return {
    find: (id) => endpoints.find(id),
    listAll: () => endpoints.all(),
    list: async (page) => {
      const rows = pageOfRows(await endpoints.all(), {
        sort: time,
        id: ({ id }) => id,
        direction: 'desc',
        page,
      });
      return pageOf(rows, page.limit, (row) => ({ key: time(row), id: row.id }));
    },
    lockList: async () => {
      await lockedVersion();
    },
    reviseList: async (above = 0) => {
      const version = Math.max(await lockedVersion(), above) + 1;
      await lists.update(LIST, (row) => ({ ...row, version }));
      return version;
    },
    add: (endpoint) => endpoints.insert(endpoint),
    update: (endpoint) => updateVersion(endpoints, endpoint.id, endpoint.version, endpoint),
    remove: ({ id, version }) => deleteVersion(endpoints, id, version),
  };
};
