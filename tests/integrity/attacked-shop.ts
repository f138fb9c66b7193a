import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import type { OpenApiDocument } from '#src/platform/http/openapi-document.js';
import { openSqlDatabase, type SqlDatabaseName } from '../support/databases.js';
import { client, type HttpClient } from '../support/http-client.js';
import { startServer, type RunningShop } from '../support/server-process.js';
import { wireTo, type Wire } from '../support/wire.js';
import { shopInvariants, type Anomaly } from './invariants.js';

/** When a server has worked on a request, in milliseconds since 1970. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** What can be broken between the outsider and the servers, and between them and theirs. */
export interface Wires {
  readonly toServers: readonly Wire[];
  /** None where the database is a file. */
  readonly toDatabase: Wire | null;
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
  /** What the tables say, once nobody writes. */
  readonly anomalies: () => Promise<readonly Anomaly[]>;
  readonly close: () => Promise<void>;
}

const ADMIN = { email: 'owner@shop.test', password: 'an owner needs a password' };

/** A second process on the file of an embedded database waits for the first: one is the shape that is supported. */
const PROCESSES: Readonly<Partial<Record<SqlDatabaseName, number>>> = { SQLite: 1 };

/** How long a server may take to write down what it has answered, in milliseconds. */
const LOG_PATIENCE = 10_000;

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

const workedIn =
  (processes: readonly RunningShop[]): AttackedShop['worked'] =>
  async (requestIds) => {
    const deadline = performance.now() + LOG_PATIENCE;
    for (;;) {
      const seen = new Map(processes.flatMap((server) => [...intervalsIn(server.stderr())]));
      if (requestIds.every((id) => seen.has(id))) return seen;
      if (performance.now() > deadline) throw new Error('the servers have not logged every request');
      await sleep(20);
    }
  };

const openApiOf = async ({ url }: RunningShop): Promise<OpenApiDocument> =>
  (await (await fetch(`${url}/openapi.json`)).json()) as OpenApiDocument;

const portOf = (url: string): number => Number(new URL(url).port);

const withPort = (url: string, { port }: Wire): string => {
  const other = new URL(url);
  other.port = String(port);
  return other.href.replace(/\/$/, '');
};

/** Starts the servers on a new, empty database; `wired`, each connection passes a wire that can be broken. */
export const attackedShop = async (
  database: SqlDatabaseName,
  { wired = false }: { readonly wired?: boolean } = {},
): Promise<AttackedShop> => {
  const folder = await mkdtemp(join(tmpdir(), 'portico-attacked-'));
  const opened = await openSqlDatabase(database, { migrated: false });
  const toDatabase = wired && database !== 'SQLite' ? await wireTo(portOf(opened.url)) : null;
  const toServers: Wire[] = [];
  const processes: RunningShop[] = [];
  const environment = {
    DATABASE_URL: toDatabase === null ? opened.url : withPort(opened.url, toDatabase),
    JWT_PRIVATE_KEY: generateSigningKey(),
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    BCRYPT_COST: '4',
    DEMO_DATA: 'false',
  };
  const close = async (): Promise<void> => {
    await Promise.all(processes.map((server) => server.stop()));
    for (const wire of [...toServers, ...(toDatabase === null ? [] : [toDatabase])]) wire.close();
    await opened.close();
    await rm(folder, { recursive: true });
  };
  const connectTo = async (server: RunningShop): Promise<HttpClient> => {
    if (!wired) return client(server.url, await openApiOf(server));
    const wire = await wireTo(portOf(server.url));
    toServers.push(wire);
    return client(withPort(server.url, wire), await openApiOf(server));
  };
  try {
    // One after the other: the first makes the schema and the administrator.
    for (let count = PROCESSES[database] ?? 2; count > 0; count -= 1)
      processes.push(await startServer({ cwd: folder, environment }));
    const servers = await Promise.all(processes.map(connectTo));
    const loggedIn = await servers[0]?.post('/auth/login', { json: ADMIN });
    return {
      database,
      servers,
      adminToken: loggedIn?.body.accessToken as string,
      worked: workedIn(processes),
      wires: { toServers, toDatabase },
      anomalies: () => shopInvariants(opened.outside),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};
