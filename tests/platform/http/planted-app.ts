import {
  array,
  boolean,
  changes,
  integer,
  object,
  oneOf,
  string,
  text,
  uuid,
} from '#src/platform/schema/schema.js';
import { pino, type Logger } from 'pino';
import type { KeyActor, Scope, UserActor } from '#src/kernel/actor.js';
import { DomainError, errorCatalogue, requireVersion } from '#src/kernel/errors.js';
import type { ApiKeyId, ProductId, SessionId, UserId } from '#src/kernel/ids.js';
import type { Page } from '#src/kernel/page.js';
import type { Transact } from '#src/kernel/transact.js';
import { createApp, type AppOptions, type HttpApp } from '#src/platform/http/app.js';
import { createHealth, type Health } from '#src/platform/http/operators/health.js';
import { listSearch, page, pageRequest } from '#src/platform/http/lists/list.js';
import { parseVersionTag, versionTag } from '#src/platform/http/pipeline/preconditions.js';
import { created, noContent, ok } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import type { CommandPorts } from '#src/platform/http/pipeline/run-command.js';
import { amount, idParam, pageOf, price, quantity } from '#src/platform/http/routes/schemas.js';
import type { ConnectionLimits } from '#src/platform/http/connections/connection-limits.js';
import { listen, type RunningServer } from '#src/platform/http/connections/server.js';
import { memoryIdempotencyStore } from '#src/platform/idempotency/memory-idempotency-store.js';
import { memoryStore } from '#src/platform/memory/store.js';
import { rememberingTrail, type Told } from '../../support/audit.js';
import { client, type HttpClient } from '../../support/http-client.js';

// A small shop of one table, to put every promise of the HTTP platform to the test without any context.

export interface Thing {
  readonly id: ProductId;
  readonly name: string;
  readonly price: number;
  readonly version: number;
}

export const USD = { code: 'USD', digits: 2 };
export const KNOWN = '0190a0a0-0000-7000-8000-000000000001' as ProductId;

const fail = errorCatalogue({
  name_taken: [
    'conflict',
    'There is a thing of that name.',
    { name: { type: 'string', description: 'The name', example: 'Lamp' } },
  ],
});

export const thingDraft = object('ThingDraft', {
  name: text(20),
  price: price(USD),
  quantity: quantity().optional(),
  note: text(50, { blank: true }).optional(),
  related: array(object('Related', { id: uuid(), quantity: quantity() }), { max: 100 }).optional(),
}).example({ name: 'Lamp', price: 19.99 });

export const thingBody = object('Thing', {
  id: uuid<ProductId>(),
  name: string(),
  price: amount(),
  version: integer(),
});

export interface Planted {
  readonly things: Map<string, Thing>;
  readonly routes: readonly Route[];
  /** What the audit log was told. */
  readonly told: readonly Told[];
}

/** In memory and of one process, so that a transaction is no more than a call. */
export const plantedRoutes = (): Planted => {
  const things = new Map<string, Thing>([[KNOWN, { id: KNOWN, name: 'Lamp', price: 19.99, version: 3 }]]);
  interface Ports extends CommandPorts {
    readonly things: typeof things;
  }
  const store = memoryStore();
  const told: Told[] = [];
  const transact: Transact<Ports> = (work) =>
    store.transact((scope) =>
      work({ things, idempotency: memoryIdempotencyStore(scope), audit: rememberingTrail(told) }),
    );
  const find = (id: string): Thing => {
    const thing = things.get(id);
    if (thing === undefined) throw new DomainError('not_found', 'not_found', 'There is nothing here.');
    return thing;
  };
  const tagged = (thing: Thing): { etag: string } => ({ etag: versionTag(thing.version) });
  const row = { tag: 'Things', summary: 'Planted' } as const;
  const routes = [
    route({
      ...row,
      method: 'get',
      path: '/things/:id',
      operationId: 'getThing',
      access: 'anyone',
      cache: 'public, max-age=60, s-maxage=600',
      params: idParam(KNOWN),
      replies: { 200: { body: thingBody, headers: ['ETag'] } },
      query: ({ params }) => find(params.id),
      reply: (thing) => ok(thing, tagged(thing)),
    }),
    route({
      ...row,
      method: 'get',
      path: '/things/newest',
      operationId: 'getNewestThing',
      access: 'user',
      replies: { 200: { body: thingBody } },
      query: () => find(KNOWN),
      reply: (thing) => ok(thing),
    }),
    route({
      ...row,
      method: 'get',
      path: '/things',
      operationId: 'listThings',
      access: 'anyone',
      search: listSearch({
        sort: oneOf('name', 'price').default('name'),
        q: text(50).optional(),
        inStock: boolean().optional(),
      }),
      replies: { 200: { body: pageOf('ThingPage', thingBody), headers: ['Link'] } },
      query: (input): Page<Thing> => {
        const { limit, after } = pageRequest(input, 'text');
        const all = [...things.values()].filter(({ id }) => after === null || id > after.id);
        const items = all.slice(0, limit);
        const last = items.at(-1);
        return { items, next: all.length > limit && last ? { key: last.name, id: last.id } : null };
      },
      reply: (result, input) => page(result, (thing) => thing, input),
    }),
    route({
      ...row,
      method: 'post',
      path: '/things',
      operationId: 'addThing',
      access: 'user',
      scope: 'catalog:write',
      body: thingDraft,
      replies: { 201: { body: thingBody, headers: ['Location', 'ETag'] } },
      errors: fail.pick('name_taken'),
      transact,
      command:
        ({ body }) =>
        ({ things }) => {
          if ([...things.values()].some(({ name }) => name === body.name)) {
            return Promise.reject(fail('name_taken', { name: body.name, status: 200 }));
          }
          const id = `0190a0a0-0000-7000-8000-${String(things.size + 1).padStart(12, '0')}` as ProductId;
          const thing: Thing = { id, name: body.name, price: body.price, version: 1 };
          things.set(id, thing);
          return Promise.resolve(thing);
        },
      reply: (thing) => created(`/things/${thing.id}`, thing, tagged(thing)),
    }),
    route({
      ...row,
      method: 'patch',
      path: '/things/:id',
      operationId: 'renameThing',
      access: 'admin',
      scope: 'catalog:write',
      ownPath: '/things/newest',
      params: idParam(KNOWN),
      body: changes('ThingName', { name: text(20) }),
      bodyOptional: true,
      ifMatch: parseVersionTag,
      replies: { 200: { body: thingBody, headers: ['ETag'] } },
      transact,
      command:
        ({ params, body, ifMatch }) =>
        ({ things }) => {
          const thing = find(params.id);
          requireVersion(thing.version, ifMatch);
          const renamed = { ...thing, ...body, version: thing.version + 1 };
          things.set(thing.id, renamed);
          return Promise.resolve(renamed);
        },
      audit: { action: 'thing.renamed', subject: ({ id }) => id },
      reply: (thing) => ok(thing, tagged(thing)),
    }),
    route({
      ...row,
      method: 'delete',
      path: '/things/:id',
      operationId: 'removeThing',
      access: 'admin',
      params: idParam(KNOWN),
      replies: { 204: {} },
      transact,
      command:
        ({ params }) =>
        ({ things }) =>
          Promise.resolve(things.delete(params.id)),
      audit: 'recorded',
      reply: () => noContent(),
    }),
  ];
  return { things, routes, told };
};

const actor = (role: UserActor['role']): UserActor => ({
  id: '0190a0a0-0000-7000-8000-0000000000aa' as UserId,
  sessionId: '0190a0a0-0000-7000-8000-0000000000bb' as SessionId,
  role,
  authenticatedAt: new Date('2026-05-01T12:00:00.000Z'),
});

const key = (number: number, ...scopes: readonly Scope[]): KeyActor => ({
  id: `0190a0a0-0000-7000-8000-0000000000c${String(number)}` as ApiKeyId,
  scopes,
});

export const ACTORS = {
  user: actor('customer'),
  admin: actor('admin'),
  editor: key(1, 'catalog:read', 'catalog:write'),
  'other editor': key(2, 'catalog:write'),
  reader: key(3, 'catalog:read', 'orders:write'),
} as const satisfies Readonly<Record<string, UserActor | KeyActor>>;

const actorOf = (token: string): UserActor | KeyActor | null =>
  (ACTORS as Readonly<Record<string, UserActor | KeyActor>>)[token] ?? null;

export interface PlantedApp extends Planted {
  readonly app: HttpApp;
  readonly health: Health;
  readonly server: RunningServer;
  readonly client: HttpClient;
  /** What has been logged, one JSON object for each line. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
}

export interface PlantedOptions {
  readonly extra?: readonly Route[];
  readonly config?: Partial<AppOptions['config']>;
  readonly check?: () => Promise<string | null>;
  /** Left as it is before the shop serves. */
  readonly starting?: boolean;
  readonly asRefusal?: NonNullable<AppOptions['asRefusal']>;
  readonly counters?: AppOptions['counters'];
  readonly checkTimeoutMs?: number;
  /** Called before each token is looked at. */
  readonly admit?: () => Promise<void>;
  readonly graceMs?: number;
  readonly limits?: Partial<ConnectionLimits>;
  readonly onRefused?: (network: string) => void;
  /** Of a gateway, or of a service behind one. */
  readonly part?: Partial<Pick<AppOptions, 'authenticate' | 'callers' | 'forward' | 'circuits'>>;
}

const logInto = (log: Readonly<Record<string, unknown>>[]): Logger =>
  pino(
    { level: 'debug' },
    { write: (line: string) => void log.push(JSON.parse(line) as Readonly<Record<string, unknown>>) },
  );

export const newId = (): string => '0190a0a0-0000-7000-8000-00000000feed';

/** The planted shop on a port of its own. Tokens and keys are the names of `ACTORS`. */
export const startPlanted = async (options: PlantedOptions = {}): Promise<PlantedApp> => {
  const log: Readonly<Record<string, unknown>>[] = [];
  const logger = logInto(log);
  const planted = plantedRoutes();
  const health = createHealth({
    check: options.check ?? (() => Promise.resolve(null)),
    logger,
    ...(options.checkTimeoutMs !== undefined && { timeoutMs: options.checkTimeoutMs }),
  });
  if (options.starting !== true) health.start();
  const app = createApp({
    routes: [...planted.routes, ...(options.extra ?? [])],
    authenticate: async (token) => {
      await options.admit?.();
      return actorOf(token);
    },
    ...options.part,
    health,
    ...(options.asRefusal !== undefined && { asRefusal: options.asRefusal }),
    counters: options.counters ?? null,
    logger,
    now: () => new Date(),
    newId,
    info: {
      title: 'Planted',
      version: '1.0.0',
      description: 'A planted shop.',
      tags: { Things: 'Planted', Operators: 'For operators', Integrators: 'For integrators' },
    },
    config: {
      publicUrl: 'http://localhost',
      corsOrigins: ['https://shop.example'],
      trustProxy: 0,
      requestsPerMinute: 1000,
      bodyLimit: '10kb',
      idempotencyQuota: 1_000_000,
      maxEventLoopDelayMs: 0,
      searches: { places: 2, timeoutMs: 10_000 },
      ...options.config,
    },
  });
  const server = await listen(app.koa, {
    port: 0,
    host: '127.0.0.1',
    newId,
    guard: app.overload.guard,
    trustProxy: options.config?.trustProxy ?? 0,
    ...(options.onRefused !== undefined && { onRefused: options.onRefused }),
    ...(options.graceMs !== undefined && { graceMs: options.graceMs }),
    ...(options.limits !== undefined && { limits: options.limits }),
  });
  return { ...planted, app, health, server, client: client(server.url, app.openApi), log };
};
