import Koa, { type Middleware } from 'koa';
import type { Logger } from 'pino';
import type { Now } from '#src/kernel/clock.js';
import type { RateCounters } from '../limits/rate-counter.js';
import { searchPlaces, type SearchPlacesOptions } from '../search-places.js';
import { accessLog } from './pipeline/access-log.js';
import type { Authenticate } from './pipeline/access.js';
import { clientAddress, type TrustProxy } from './connections/client-address.js';
import { docsRoutes } from './openapi/docs.js';
import { failHttp } from './pipeline/errors.js';
import type { Health } from './operators/health.js';
import { lintTable } from './routes/lint-table.js';
import { createMetrics } from './operators/metrics.js';
import type { OpenApiDocument } from './openapi/document.js';
import { describeApi, type ApiInfo } from './openapi/openapi.js';
import { OPERATOR_PATHS, operatorRoutes } from './operators/operators.js';
import { problems, type AsRefusal } from './pipeline/problem.js';
import { publicLinks, publicPathOf } from './pipeline/public-path.js';
import { rateLimits } from './pipeline/rate-limits.js';
import { acceptReadOnlyFields } from './routes/read-only.js';
import { requestHead } from './connections/request-head.js';
import { requestId } from './pipeline/request-id.js';
import { requestTarget } from './pipeline/request-target.js';
import type { Route } from './routes/route.js';
import { routing } from './pipeline/router.js';
import { crossOrigin, securityHeaders } from './pipeline/security.js';
import type { RequestState } from './pipeline/state.js';

export interface AppOptions {
  /** The routes of the contexts; those of operators and of the documentation are added here. */
  readonly routes: readonly Route[];
  readonly authenticate: Authenticate;
  readonly health: Health;
  /** Tells an outage of what the routes stand on from a bug. */
  readonly asRefusal?: AsRefusal;
  /** Where requests are counted; null limits none. */
  readonly counters: RateCounters | null;
  readonly logger: Logger;
  readonly now: Now;
  /** Mints the id of a request that brings none. */
  readonly newId: () => string;
  readonly info: ApiInfo;
  readonly config: {
    /** Where consumers find the shop, perhaps under a path of a proxy; HSTS is sent when it starts with `https:`. */
    readonly publicUrl: string;
    /** The origins that browsers may call from. */
    readonly corsOrigins: readonly string[];
    readonly trustProxy: TrustProxy;
    /** How many requests an address, and how many a user, may make in a minute. */
    readonly requestsPerMinute: number;
    /** Whether the operators' paths are served by an app of their own, and by that one only; not unless said. */
    readonly operationsApart?: boolean;
    /** Of a body, as the `bytes` package writes sizes: `100kb`. */
    readonly bodyLimit: string;
    /** The number of bytes that may be stored of a customer's answers under Idempotency-Keys. */
    readonly idempotencyQuota: number;
    readonly searches: Pick<SearchPlacesOptions, 'places' | 'timeoutMs'>;
  };
}

export interface HttpApp {
  readonly koa: Koa<RequestState>;
  /** Serves the operators' paths when they are apart. */
  readonly operations: Koa<RequestState> | null;
  /** The whole table, from which `openApi` is made. */
  readonly table: readonly Route[];
  readonly openApi: OpenApiDocument;
}

/** Turns work away before and after the shop serves; the connection too, so that a balancer opens one elsewhere. */
const refuseUnlessServing =
  (health: Health): Middleware<RequestState> =>
  (ctx, next) => {
    const phase = health.phase();
    if (phase === 'serving' || phase === 'leaving') return next();
    ctx.set('Connection', 'close');
    throw failHttp(phase === 'starting' ? 'not_ready' : 'shutting_down');
  };

const exceptOn =
  (paths: ReadonlySet<string>, middleware: Middleware<RequestState>): Middleware<RequestState> =>
  (ctx, next): unknown =>
    paths.has(ctx.path) ? next() : middleware(ctx, next);

const koaOf = (pipeline: readonly Middleware<RequestState>[], logger: Logger): Koa<RequestState> => {
  const koa = new Koa<RequestState>();
  // What gets here came too late for an answer: the headers had left, or the connection was gone.
  koa.on('error', (err: unknown, ctx?: Koa.Context) => {
    const requestId: unknown = ctx?.state['requestId'];
    logger.warn({ requestId, err }, 'an answer broke off');
  });
  for (const middleware of pipeline) koa.use(middleware);
  return koa;
};

/** The whole HTTP side of the shop: the pipeline reads from top to bottom as a request travels through it. */
export const createApp = (options: AppOptions): HttpApp => {
  const {
    routes,
    authenticate,
    health,
    asRefusal = () => null,
    counters,
    logger,
    now,
    newId,
    info,
    config,
  } = options;
  const metrics = createMetrics();
  const operators = operatorRoutes(health, metrics);
  const docs = docsRoutes(() => openApi);
  const api = acceptReadOnlyFields(routes);
  const table = [...api, ...operators, ...docs];
  lintTable(table);
  const publicPath = publicPathOf(config.publicUrl);
  const openApi: OpenApiDocument = describeApi(table, { ...info, serverUrl: publicPath || '/' });

  const limits = counters === null ? null : rateLimits({ ...counters, perMinute: config.requestsPerMinute });
  const { operationsApart = false, bodyLimit, idempotencyQuota } = config;
  const inSearchPlace = searchPlaces({ ...config.searches, observer: metrics.searches });
  const handling = { authenticate, bodyLimit, idempotencyQuota, now, limits, inSearchPlace };
  const unlimited = operationsApart ? new Set<string>() : OPERATOR_PATHS;
  const ofEveryRequest = [
    requestTarget,
    requestId(newId),
    clientAddress(config.trustProxy, logger),
    accessLog(logger, metrics),
    securityHeaders(config.publicUrl.startsWith('https:')),
    crossOrigin(config.corsOrigins),
    ...(publicPath === '' ? [] : [publicLinks(publicPath)]),
    problems(logger, asRefusal, publicPath),
    requestHead,
  ];
  const koa = koaOf(
    [
      ...ofEveryRequest,
      exceptOn(unlimited, refuseUnlessServing(health)),
      ...(limits === null ? [] : [exceptOn(unlimited, limits.byAddress)]),
      ...routing(operationsApart ? [...api, ...docs] : table, handling),
    ],
    logger,
  );
  const operations = operationsApart
    ? koaOf([...ofEveryRequest, ...routing(operators, { ...handling, limits: null })], logger)
    : null;
  return { koa, operations, table, openApi };
};
