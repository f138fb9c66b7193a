import { pageOf } from '#src/kernel/page.js';
import { pageOfRows } from '#src/platform/memory/page.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { memoryTable } from '#src/platform/memory/table.js';
import { deleteVersion, updateVersion } from '#src/platform/memory/versions.js';
import type { EndpointRepository } from '../../application/ports.js';
import type { Endpoint } from '../../domain/endpoint.js';

const endpointTable = memoryTable<Endpoint>({ name: 'webhook_endpoints', key: ({ id }) => id });

const time = ({ createdAt }: Endpoint): number => createdAt.getTime();

export const memoryEndpointRepository = (scope: MemoryScope): EndpointRepository => {
  const endpoints = scope.table(endpointTable);
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
    add: (endpoint) => endpoints.insert(endpoint),
    update: (endpoint) => updateVersion(endpoints, endpoint.id, endpoint.version, endpoint),
    remove: ({ id, version }) => deleteVersion(endpoints, id, version),
  };
};
