import { failDatabase } from '#src/platform/database/database-errors.js';
import type { OpenApiDocument } from '#src/platform/http/openapi/document.js';
import { describeApi, type ApiInfo } from '#src/platform/http/openapi/openapi.js';
import { REQUEST_ID } from '#src/platform/http/pipeline/request-id.js';
import type { Route } from '#src/platform/http/routes/route.js';
import { CALLER } from '#src/platform/http/services/called-by-gateway.js';
import { failService } from '#src/platform/http/services/errors.js';
import { isOperation } from '#src/platform/http/services/operation.js';
import { API_INFO } from './api-info.js';
import { BACKEND_NAMES, contextsOf, type BackendName } from './services.js';

const DESCRIPTION = `What the services of a shop call of each other. Clients cannot: the gateway has none of these paths, and a
service refuses a request without the token of another process of the shop.

- A tag names the service that serves an operation; some are served by several.
- Operations are idempotent: a call whose response was lost is repeated.
- The processes of a shop are of one version, or of two that follow each other: this is no interface for other programs.`;

const INFO: ApiInfo = {
  title: 'Portico: between the services',
  version: API_INFO.version,
  description: DESCRIPTION,
  servers: [
    {
      url: '/',
      description: 'The address of a service: USER_URL, CUSTOMER_URL, PRODUCT_URL or TRANSACTION_URL',
    },
  ],
  tags: Object.fromEntries(
    BACKEND_NAMES.map((name) => [name, `The ${name} service: ${contextsOf(name).join(', ')}`]),
  ),
  commonErrors: [...(API_INFO.commonErrors ?? []), ...failService.pick('services_only')],
  commandErrors: failDatabase.pick('outcome_unknown'),
  headers: [REQUEST_ID],
  scheme: {
    name: 'service',
    is: {
      type: 'apiKey',
      in: 'header',
      name: CALLER,
      description:
        'A JWT of one minute, signed with `SERVICES_SECRET` (HS256), with `typ` `portico-caller+jwt`, the name of the called ' +
        'service as `aud` and that of the calling process as `iss`',
    },
  },
};

/** Returns the same operation of another service: it may refuse for other reasons there. */
const both = (one: Route, other: Route): Route => {
  const errors = [...(one.errors ?? []), ...(other.errors ?? [])];
  return { ...one, errors: [...new Map(errors.map((entry) => [entry.code, entry])).values()] };
};

/** Returns the OpenAPI document of the operations in the route tables of the services. */
export const describeOperations = (
  tables: Readonly<Record<BackendName, readonly Route[]>>,
): OpenApiDocument => {
  const servedBy = new Map<string, BackendName[]>();
  const operations = new Map<string, Route>();
  for (const name of BACKEND_NAMES)
    for (const route of tables[name].filter(isOperation)) {
      const earlier = operations.get(route.path);
      servedBy.set(route.path, [...(servedBy.get(route.path) ?? []), name]);
      operations.set(route.path, earlier === undefined ? { ...route, tag: name } : both(earlier, route));
    }
  const document = describeApi([...operations.values()], INFO);
  const paths = Object.entries(document.paths).map(([path, methods]) => {
    const tags = servedBy.get(path) ?? [];
    const operationsOf = Object.entries(methods).map(
      ([method, each]) => [method, { ...each, tags }] as const,
    );
    return [path, Object.fromEntries(operationsOf)] as const;
  });
  return { ...document, paths: Object.fromEntries(paths) };
};
