import { asOutage } from '#src/platform/database/database-errors.js';
import { createApp, type AppOptions, type HttpApp } from '#src/platform/http/app.js';
import { eventRoute } from '#src/platform/inbox/event-operation.js';
import { placesIn } from '#src/platform/search-places.js';
import { API_INFO } from './api-info.js';
import { CONTEXT_NAMES, type ContextName } from './contexts.js';
import { checkRoute, choiceRoutes, type Neighbours } from './neighbours.js';
import type { Parts } from './parts.js';
import { isWorker, metricsOfWorkers } from './workers/worker.js';

type Table = Pick<AppOptions, 'routes' | 'callers' | 'forward'>;

/** Returns the table of a gateway: the routes of all contexts, whose requests it passes on to the processes that hold them. */
const forwardedTable = (whole: Pick<Parts, 'contexts'>, { forwarding }: Neighbours): Table => {
  const routes = CONTEXT_NAMES.flatMap((name) =>
    whole.contexts[name].routes.map((route) => ({ name, route })),
  );
  const holders = new Map<string, ContextName>(routes.map(({ name, route }) => [route.operationId, name]));
  return {
    routes: routes.map(({ route }) => route),
    forward: ({ operationId }) => {
      const context = holders.get(operationId);
      if (context === undefined) throw new Error(`no context has the operation ${operationId}`);
      return (ctx) => forwarding(context).forward(ctx);
    },
  };
};

const tableOf = (parts: Parts): Table => {
  const { config, contexts, neighbours } = parts;
  const held = config.contexts.map((name) => contexts[name]);
  const routes = held.flatMap((context) => context.routes);
  if (neighbours === null) return { routes };
  if (parts.described !== null) return forwardedTable(parts.described, neighbours);
  const internal = [
    ...held.flatMap(({ serves }) => serves),
    ...parts.remoteErasures.serves,
    eventRoute(parts.receiveEvents),
    ...choiceRoutes(config.service?.name ?? null, parts.persistence),
    checkRoute(parts.persistence),
  ];
  return { routes: [...routes, ...internal], callers: neighbours.tokens };
};

/** Returns the HTTP side of a process: of the whole shop, of a gateway, or of a service behind it. */
export const httpApp = (parts: Parts): HttpApp => {
  const { config, authenticate, health, counters, neighbours, described, logger, now, newId } = parts;
  const isBehindGateway = neighbours !== null && described === null;
  return createApp({
    ...tableOf(parts),
    authenticate,
    health,
    asRefusal: asOutage,
    counters,
    cacheStats: config.contexts.includes('catalog') ? (parts.catalogCache?.stats ?? null) : null,
    circuits: neighbours?.circuits ?? [],
    logger,
    now,
    newId,
    info: { ...API_INFO, contact: { name: 'The operator of the shop', url: config.publicUrl } },
    metricsTogether: isWorker(config) ? metricsOfWorkers : undefined,
    config: {
      publicUrl: config.publicUrl,
      hasPublicUrl: config.hasPublicUrl,
      corsOrigins: config.corsOrigins,
      trustProxy: config.trustProxy,
      requestsPerMinute: isBehindGateway ? null : (config.rateLimits?.perMinute ?? 0), // counted by the gateway
      operationsApart: config.operationsPort !== null,
      bodyLimit: '100kb',
      idempotencyQuota: config.idempotencyQuota,
      maxEventLoopDelayMs: config.maxEventLoopDelayMs,
      searches: {
        places: placesIn(config.database.poolMax),
        timeoutMs: config.database.statementTimeoutMs,
      },
    },
  });
};
