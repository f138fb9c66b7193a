import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import type { OpenApiDocument } from '#src/platform/http/openapi/document.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { sqlTransact } from '#src/platform/database/transact.js';
import { openSqlDatabase, type OpenDatabase, type SqlDatabaseName } from '../support/databases.js';
import { client, type HttpClient } from '../support/http-client.js';
import { startServer, type RunningShop } from '../support/server-process.js';
import type { TestDatabase } from '../support/throwaway-server.js';
import { wireTo, type Wire } from '../support/wire.js';
import { eventually } from '../support/eventually.js';
import { deliveryAnomalies, loggedEventsIn } from './deliveries.js';
import { shopInvariants, type Anomaly } from './invariants.js';
import { readShop } from './snapshot.js';

/** When a server has worked on a request, in milliseconds since 1970. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** What can be broken between the outsider and the servers, and between them and theirs. */
export interface Wires {
  readonly toServers: readonly Wire[];
  /** One to each node of a cluster; none where the database is a file. */
  readonly toDatabase: readonly Wire[];
}

/** Built servers on one database, and what can be learnt of them from outside. */
export interface AttackedShop {
  readonly database: SqlDatabaseName;
  /** One for each server process. */
  readonly servers: readonly HttpClient[];
  readonly adminToken: string;
  /** When the servers have worked on requests, by their own logs; waits until those of these ids are written down. */
  readonly worked: (requestIds: readonly string[]) => Promise<ReadonlyMap<string, Interval>>;
  readonly wires: Wires;
  /** The token in the latest mail to this address whose subject begins so; waits until there is one. */
  readonly mailedToken: (email: string, subject: string) => Promise<string>;
  /** How often the servers have logged that a host of the database is unreachable. */
  readonly hostsAway: () => number;
  /** What the servers have written between the lines of their logs, which are JSON. */
  readonly strayLines: () => readonly string[];
  /** Ends a server process with SIGKILL. */
  readonly kill: (server: number) => Promise<void>;
  /** Starts another one in the place of a server process that has ended. */
  readonly restart: (server: number) => Promise<void>;
  /** The database, on a connection that only the test uses. */
  readonly opened: OpenDatabase;
  /** What each node of a cluster holds by itself; elsewhere there is one of it. */
  readonly copies: readonly SqlScope[];
  /** The anomalies in the tables of each copy, once no process writes and no event is waiting any more. */
  readonly anomalies: () => Promise<readonly Anomaly[]>;
  /** What the log and each subscriber have not received as they should, once no event is waiting any more. */
  readonly untold: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

export const ADMIN = { email: 'owner@shop.test', password: 'an owner needs a password' };

/** How many servers work on one database. */
const PROCESSES: Readonly<Record<SqlDatabaseName, number>> = {
  SQLite: 1, // the shape that is supported: a second one would wait for the first
  MariaDB: 2,
  PostgreSQL: 2,
  Galera: 3, // one for each node
};

/** How long events may wait, in milliseconds: a claim whose reply was lost is leased for twenty seconds. */
const DELIVERY_PATIENCE = 60_000;

/** 32 random bytes in base64url. */
const MAILED_TOKEN = /(?<![\w-])[\w-]{43}(?![\w-])/;

const HOST_AWAY = '"msg":"a host of the database is unreachable';

const intervalsIn = (log: string): ReadonlyMap<string, Interval> =>
  new Map(
    log.split('\n').flatMap((line) => {
      if (!line.includes('"msg":"request"') || !line.endsWith('}')) return [];
      const { requestId, time, durationMs } = JSON.parse(line) as {
        requestId: string;
        time: string;
        durationMs: number;
      };
      const to = Date.parse(time);
      return [[requestId, { from: to - durationMs, to }] as const];
    }),
  );

const isJson = (line: string): boolean => {
  try {
    return typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
};

/** The last line may not be whole yet. */
const strayLinesIn = (log: string): readonly string[] =>
  log
    .split('\n')
    .slice(0, -1)
    .filter((line) => !isJson(line));

const workedIn =
  (processes: readonly RunningShop[]): AttackedShop['worked'] =>
  async (requestIds) => {
    const seen = () => {
      const intervals = new Map(processes.flatMap((server) => [...intervalsIn(server.stderr())]));
      return requestIds.every((id) => intervals.has(id)) ? intervals : null;
    };
    return eventually(seen, 'the lines of every request in the logs');
  };

const openApiOf = async ({ url }: RunningShop): Promise<OpenApiDocument> =>
  (await (await fetch(`${url}/openapi.json`)).json()) as OpenApiDocument;

/** The ports of all hosts that stand in a URL. */
const PORTS = /(?<=:)\d+(?=[,/]|$)/g;

const portsOf = (url: string): readonly number[] => (url.match(PORTS) ?? []).map(Number);

/** The same URL through the wires to its ports. */
const through = (wires: ReadonlyMap<number, Wire>, url: string): string =>
  url.replaceAll(PORTS, (port) => String(wires.get(Number(port))?.port ?? port));

const wiresTo = async (url: string): Promise<ReadonlyMap<number, Wire>> =>
  new Map(await Promise.all(portsOf(url).map(async (port) => [port, await wireTo(port)] as const)));

export interface AttackOptions {
  /** Each connection passes a wire that can be broken. */
  readonly wired?: boolean;
  /** Where the database is; a new one of the run's unless told. */
  readonly place?: TestDatabase;
  /** Of the servers, over and above what they need. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Starts the servers on a new, empty database. */
export const attackedShop = async (
  database: SqlDatabaseName,
  { wired = false, place, settings = {} }: AttackOptions = {},
): Promise<AttackedShop> => {
  const folder = await mkdtemp(join(tmpdir(), 'portico-attacked-'));
  const opened = await openSqlDatabase(database, { migrated: false, ...(place && { place }) });
  const toDatabase = await wiresTo(wired ? opened.url : '');
  const copies = opened.nodeUrls.map(
    (_, index) => sqlTransact(opened.another({ node: index + 1, alone: true })).outside,
  );
  const toServers: Wire[] = [];
  const processes: RunningShop[] = [];
  const environment = {
    JWT_PRIVATE_KEY: generateSigningKey(),
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    BCRYPT_COST: '4',
    DEMO_DATA: 'false',
    PENDING_ORDERS_MAX: '0', // customers of an ordeal order until it is over
    MAX_EVENT_LOOP_DELAY_MS: '0', // a busy machine must not take away the races
    ...settings,
  };
  /** With those that were killed: what they have logged counts as well. */
  const started: RunningShop[] = [];
  const start = async (index: number): Promise<RunningShop> => {
    const url = opened.nodeUrls[index] ?? opened.url;
    const server = await startServer({
      cwd: folder,
      environment: { ...environment, DATABASE_URL: through(toDatabase, url) },
    });
    started.push(server);
    return server;
  };
  const isWaiting = async (): Promise<boolean> => {
    const { events, deliveries } = await readShop(opened.outside);
    return (
      events.some(({ dispatched }) => !dispatched) || deliveries.some(({ state }) => state === 'pending')
    );
  };
  const delivered = (): Promise<boolean> =>
    eventually(async () => !(await isWaiting()), 'all events to be delivered', DELIVERY_PATIENCE);
  const close = async (): Promise<void> => {
    await Promise.all(processes.map((server) => server.stop()));
    for (const wire of [...toServers, ...toDatabase.values()]) wire.close();
    await opened.close();
    await rm(folder, { recursive: true });
  };
  const connectTo = async (server: RunningShop): Promise<HttpClient> => {
    if (!wired) return client(server.url, await openApiOf(server));
    const wires = await wiresTo(server.url);
    toServers.push(...wires.values());
    return client(through(wires, server.url), await openApiOf(server));
  };
  try {
    // One after the other: the first makes the schema and the administrator.
    for (let index = 0; index < PROCESSES[database]; index += 1) processes.push(await start(index));
    const servers = await Promise.all(processes.map(connectTo));
    const loggedIn = await servers[0]?.post('/auth/login', { json: ADMIN });
    return {
      database,
      servers,
      adminToken: loggedIn?.body.accessToken as string,
      worked: workedIn(processes),
      mailedToken: (email, subject) =>
        eventually(
          () =>
            processes
              .flatMap((server) => server.stdout().split(`--- mail to ${email} ---`).slice(1))
              .filter((mail) => mail.trimStart().startsWith(subject))
              .map((mail) => MAILED_TOKEN.exec(mail)?.[0])
              .at(-1),
          `a mail to ${email}`,
          DELIVERY_PATIENCE,
        ),
      hostsAway: () =>
        processes.reduce((sum, server) => sum + server.stderr().split(HOST_AWAY).length - 1, 0),
      strayLines: () => processes.flatMap((server) => strayLinesIn(server.stderr())),
      wires: { toServers, toDatabase: [...toDatabase.values()] },
      kill: async (index) => {
        processes[index]?.process.kill('SIGKILL');
        await processes[index]?.ended;
      },
      restart: async (index) => {
        processes[index] = await start(index);
        servers[index] = await connectTo(processes[index]);
      },
      opened,
      copies,
      anomalies: async () => {
        await delivered(); // an erasure goes on in what its events ask for
        return (await Promise.all(copies.map(shopInvariants))).flat();
      },
      untold: async () => {
        await delivered();
        return deliveryAnomalies(
          await readShop(opened.outside),
          started.flatMap((server) => loggedEventsIn(server.stderr())),
        );
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};
