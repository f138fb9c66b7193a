import Koa, { type Middleware } from 'koa';
import type { Logger } from 'pino';
import type { Now } from '#src/kernel/clock.js';
import { lazily } from '../lazily.js';
import type { RateCounters } from '../limits/rate-counter.js';
import type { ReplyCacheStats } from '../reply-cache/reply-cache.js';
import { searchPlaces, type SearchPlacesOptions } from '../search-places.js';
import { accessLog } from './pipeline/access-log.js';
import type { Authenticate } from './pipeline/access.js';
import { clientAddress, type TrustProxy } from './connections/client-address.js';
import { docsRoutes } from './openapi/docs.js';
import { addressFromGateway, requireGateway } from './services/called-by-gateway.js';
import type { CallerTokens } from './services/caller-tokens.js';
import type { CircuitReading } from './services/circuit.js';
import { failHttp } from './pipeline/errors.js';
import { handle } from './pipeline/handler.js';
import type { Health } from './operators/health.js';
import { lintTable } from './routes/lint-table.js';
import { eventLoopDelay } from './overload/event-loop-delay.js';
import { inFlightLimit } from './overload/in-flight-limit.js';
import { overload, type Overload } from './overload/overload.js';
import { overloadRefusal } from './overload/refusal.js';
import { createMetrics, type MetricsTogether } from './operators/metrics.js';
import type { OpenApiDocument } from './openapi/document.js';
import { describeApi, type ApiInfo, type ServerUrl } from './openapi/openapi.js';
import { OPERATOR_PATHS, operatorRoutes } from './operators/operators.js';
import { passOn, type Forward } from './pipeline/pass-on.js';
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
import { steps, type Step } from './pipeline/steps.js';

export interface AppOptions {
  /** The routes of the contexts; the app adds those of operators and of the documentation. */
  readonly routes: readonly Route[];
  readonly authenticate: Authenticate;
  /** In a service: reads the tokens of the gateway, without which nothing is served; absent where clients call. */
  readonly callers?: Pick<CallerTokens, 'verify'>;
  /** In a gateway: returns how the requests of one of `routes` are passed on; absent where they are handled. */
  readonly forward?: (route: Route) => Forward;
  readonly health: Health;
  /** Distinguishes an outage of a dependency from a bug. */
  readonly asRefusal?: AsRefusal;
  /** Null disables rate limits. */
  readonly counters: RateCounters | null;
  /** Null if no replies are cached. */
  readonly cacheStats?: (() => ReplyCacheStats) | null;
  /** Of the other processes of the shop; none by default. */
  readonly circuits?: readonly CircuitReading[];
  readonly logger: Logger;
  readonly now: Now;
  /** Generates the id of a request that has none. */
  readonly newId: () => string;
  readonly info: ApiInfo;
  /** Absent if this process serves alone. */
  readonly metricsTogether?: MetricsTogether | undefined;
  readonly config: {
    /** URL at which consumers reach the shop, perhaps with a path of a proxy; HSTS is sent if it starts with `https:`. */
    readonly publicUrl: string;
    /** Whether the API document names that URL, or only the server that it was read from; true by default. */
    readonly hasPublicUrl?: boolean;
    /** Web origins whose pages may call the API (CORS). */
    readonly corsOrigins: readonly string[];
    readonly trustProxy: TrustProxy;
    /** Maximum number of requests per minute, of an address, of a user and of an API key; null where the gateway counts them. */
    readonly requestsPerMinute: number | null;
    /** Whether an app of its own, and only that one, serves the operators' paths; false by default. */
    readonly operationsApart?: boolean;
    /** Maximum size of a body, as the `bytes` package writes sizes: `100kb`. */
    readonly bodyLimit: string;
    /** Maximum number of bytes stored for a customer's replies under Idempotency-Keys. */
    readonly idempotencyQuota: number;
    /** Milliseconds of event-loop delay above which fewer requests may be in flight; 0 sets no limit to them. */
    readonly maxEventLoopDelayMs: number;
    readonly searches: Pick<SearchPlacesOptions, 'places' | 'timeoutMs'>;
  };
}

export interface HttpApp {
  readonly koa: Koa<RequestState>;
  /** Serves the operators' paths if they are separate. */
  readonly operations: Koa<RequestState> | null;
  /** Refuses what `koa` should not process. */
  readonly overload: Overload;
  /** The whole route table, from which `openApi` is made. */
  readonly table: readonly Route[];
  readonly openApi: OpenApiDocument;
}

/**
 * Refuses requests before the shop serves and after it stops; closes the connection too, so that a balancer opens one elsewhere.
 */
const refuseUnlessServing =
  (health: Health, exceptOn: ReadonlySet<string>): Step =>
  (ctx) => {
    const phase = health.phase();
    if (phase === 'serving' || phase === 'leaving' || exceptOn.has(ctx.path)) return;
    ctx.set('Connection', 'close');
    throw failHttp(phase === 'starting' ? 'not_ready' : 'shutting_down');
  };

/** Applies a middleware to all paths but some. */
const unlessOn =
  (paths: ReadonlySet<string>, middleware: Middleware<RequestState>): Middleware<RequestState> =>
  (ctx, next): unknown =>
    paths.has(ctx.path) ? next() : middleware(ctx, next);

/** Returns whether the client broke the connection, of which the access log tells. */
const isHangUp = (error: Error): boolean =>
  'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

/** Returns the servers of the API document: the public URL, and the server that the document was read from. */
const serversOf = ({ publicUrl, hasPublicUrl = true }: AppOptions['config']): readonly ServerUrl[] => [
  ...(hasPublicUrl ? [{ url: publicUrl.replace(/\/$/, ''), description: 'The shop' }] : []),
  { url: publicPathOf(publicUrl) || '/', description: 'The server that this document was read from' },
];

const koaOf = (pipeline: readonly Middleware<RequestState>[], logger: Logger): Koa<RequestState> => {
  const koa = new Koa<RequestState>();
  // Errors that came too late for a response: the headers were sent, or the connection was gone.
  koa.on('error', (err: Error, ctx?: Koa.Context) => {
    const requestId: unknown = ctx?.state['requestId'];
    const level = isHangUp(err) ? 'debug' : 'warn';
    logger[level]({ requestId, err }, 'a response was cut off');
  });
  for (const middleware of pipeline) koa.use(middleware);
  return koa;
};

/** Creates the HTTP side of the shop: the pipeline reads from top to bottom as a request passes through it. */
export const createApp = (options: AppOptions): HttpApp => {
  const {
    routes,
    authenticate,
    callers,
    forward,
    health,
    asRefusal = () => null,
    counters,
    cacheStats = null,
    circuits = [],
    logger,
    now,
    newId,
    info,
    config,
    metricsTogether,
  } = options;
  const metrics = createMetrics(undefined, metricsTogether);
  if (cacheStats !== null) metrics.cache(cacheStats);
  metrics.circuits(circuits);
  const operators = operatorRoutes(health, metrics);
  const publicPath = publicPathOf(config.publicUrl);
  const docs = docsRoutes(() => app.openApi, { base: publicPath, version: info.version });
  const api = acceptReadOnlyFields(routes);
  const table = [...api, ...operators, ...docs];
  lintTable(table);

  const limits = counters === null ? null : rateLimits({ ...counters, perMinute: config.requestsPerMinute });
  const { operationsApart = false, bodyLimit, idempotencyQuota } = config;
  const inSearchPlace = searchPlaces({ ...config.searches, observer: metrics.searches });
  const unlimited = operationsApart ? new Set<string>() : OPERATOR_PATHS;
  const tls = config.publicUrl.startsWith('https:');
  const clock = (): number => performance.now();
  const { maxEventLoopDelayMs: maxDelayMs } = config;
  const guard = overload({
    limit: maxDelayMs === 0 ? null : inFlightLimit({ maxDelayMs, delay: eventLoopDelay(), clock }),
    exempt: unlimited,
    refuse: overloadRefusal({ tls, corsOrigins: config.corsOrigins, publicPath, newId }),
    observer: metrics.overload,
    ...{ logger, clock },
  });
  const handling = { authenticate, bodyLimit, idempotencyQuota, now, limits, inSearchPlace, inFlight: guard };
  const handledHere = new Set([...operators, ...docs]);
  const handlerOf = (route: Route) =>
    forward === undefined || handledHere.has(route)
      ? handle(route, handling)
      : passOn(route, forward(route), handling);
  const ofEveryRequest = [
    steps(
      requestTarget,
      requestId(newId),
      callers === undefined ? clientAddress(config.trustProxy, logger) : addressFromGateway(callers),
      securityHeaders(tls),
    ),
    accessLog(logger, metrics),
    crossOrigin(config.corsOrigins),
    ...(publicPath === '' ? [] : [publicLinks(publicPath)]),
    problems(logger, asRefusal, publicPath),
  ];
  const koa = koaOf(
    [
      ...ofEveryRequest,
      steps(
        requestHead,
        refuseUnlessServing(health, unlimited),
        ...(callers === undefined ? [] : [requireGateway(callers, OPERATOR_PATHS)]),
      ),
      ...(limits === null ? [] : [unlessOn(unlimited, limits.byAddress)]),
      routing(operationsApart ? [...api, ...docs] : table, handlerOf),
    ],
    logger,
  );
  const operations = operationsApart
    ? koaOf(
        [
          ...ofEveryRequest,
          steps(requestHead),
          routing(operators, (route) => handle(route, { ...handling, limits: null })),
        ],
        logger,
      )
    : null;
  const app = lazily<HttpApp>({
    koa: () => koa,
    operations: () => operations,
    overload: () => guard,
    table: () => table,
    // The description of the API takes a tenth of the start-up time, and few processes need it.
    openApi: () => describeApi(table, { ...info, servers: serversOf(config) }),
  });
  return app;
};
