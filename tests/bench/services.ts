// What the shop costs as five services, compared with one process, both on one MariaDB server: CPU of all processes for each request,
// in turn. The services' databases are filled with the tables of the one process.
import { openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import {
  BACKEND_NAMES,
  contextsOf,
  SERVICE_NAMES,
  type BackendName,
  type ServiceName,
} from '#src/main/services.js';
import { createMariadbDatabase } from '../support/mariadb.js';
import { builtProgram } from '../support/server-process.js';
import { start } from '../support/started-processes.js';
import { freePort, type TestDatabase } from '../support/throwaway-server.js';
import { startLoad } from './compare.js';
import { withLab } from './lab.js';
import { median, printTable } from './report.js';
import { cpuAtRest, cpuOf, residentOf } from './servers.js';
import { ROUTES, type RouteName } from './workloads.js';

const { TABLES } = createRequire(import.meta.url)('../../migrations/support/tables.cjs') as {
  readonly TABLES: Readonly<Record<string, readonly string[]>>;
};

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '1' } },
});
const [ROUNDS, WINDOW_MS] = [Number(values.rounds), Number(values.seconds) * 1000];
const ONE = 'one process';
const FIVE = 'five services';

const say = (what: string): void => {
  console.error(`${new Date().toISOString().slice(11, 19)} ${what}`);
};

interface Running {
  readonly pids: Readonly<Record<string, number>>;
  readonly url: string;
  readonly stop: () => Promise<void>;
}

const isReady = async (url: string): Promise<boolean> => {
  const response = await fetch(`${url}/readyz`).catch(() => null);
  return response?.ok === true;
};

/** Starts the five services on these databases; resolves when all of them are ready. */
const startServices = async (
  databases: Readonly<Record<BackendName, TestDatabase>>,
  folder: string,
): Promise<Running> => {
  const program = await builtProgram('server');
  const ports = Object.fromEntries(
    await Promise.all(SERVICE_NAMES.map(async (name) => [name, await freePort()] as const)),
  ) as Readonly<Record<ServiceName, number>>;
  const urlOf = (name: ServiceName): string => `http://127.0.0.1:${String(ports[name])}`;
  const shared = {
    ...{ PATH: process.env['PATH'], NODE_ENV: 'production', HOST: '127.0.0.1', DATA_DIR: folder },
    ...{
      BCRYPT_COST: '10',
      DEMO_DATA: 'false',
      RATE_LIMITS: 'off',
      PENDING_ORDERS_MAX: '0',
      SHUTDOWN_DELAY: '0',
    },
    ...{
      JWT_PRIVATE_KEY: generateSigningKey(),
      SERVICES_SECRET: 'a bench has no secrets, but 32 characters',
    },
    ...Object.fromEntries(BACKEND_NAMES.map((name) => [`${name.toUpperCase()}_URL`, urlOf(name)])),
  };
  const children = SERVICE_NAMES.map((name) => ({
    name,
    child: start(process.execPath, [program], {
      cwd: folder,
      env: {
        ...shared,
        ...{ SERVICE: name, PORT: String(ports[name]) },
        ...(name !== 'gateway' && { DATABASE_URL: databases[name].url }),
      },
      stdio: ['ignore', 'ignore', openSync(join(folder, `${name}.log`), 'a')],
    }),
  }));
  while (!(await isReady(urlOf('gateway')))) {
    const ended = children.find(({ child }) => child.exitCode !== null);
    if (ended !== undefined) throw new Error(`${ended.name} has ended with ${String(ended.child.exitCode)}`);
    await wait(50);
  }
  return {
    pids: Object.fromEntries(children.map(({ name, child }) => [name, child.pid ?? 0])),
    url: urlOf('gateway'),
    stop: async () => {
      await Promise.all(
        children.toReversed().map(
          ({ child }) =>
            new Promise<void>((resolve) => {
              child.once('exit', () => {
                resolve();
              });
              child.kill('SIGTERM');
            }),
        ),
      );
    },
  };
};

/** Copies the tables of each context to the database of its service. */
const fill = async (from: string, databases: Readonly<Record<BackendName, TestDatabase>>): Promise<void> => {
  const nameOf = (url: string): string => new URL(url).pathname.slice(1);
  for (const service of BACKEND_NAMES) {
    const place = databases[service];
    for (const table of contextsOf(service).flatMap((context) => TABLES[context] ?? []))
      await place.admin(
        `SET STATEMENT foreign_key_checks = 0 FOR INSERT INTO ${nameOf(place.url)}.${table} SELECT * FROM ${nameOf(from)}.${table}`,
      );
  }
};

/** Milliseconds of CPU that each process of a shop has used, once all of them are at rest. */
const atRest = async (pids: Running['pids']): Promise<Readonly<Record<string, number>>> => {
  for (const pid of Object.values(pids)) await cpuAtRest(pid);
  const used = Object.entries(pids).map(async ([name, pid]) => [name, await cpuOf(pid)] as const);
  return Object.fromEntries(await Promise.all(used));
};

interface Sample {
  readonly route: RouteName;
  readonly shape: string;
  /** Milliseconds of CPU for each request, by process. */
  readonly cpu: Readonly<Record<string, number>>;
  /** Milliseconds that a request took its client. */
  readonly tookMs: number;
}

const sumOf = (cpu: Sample['cpu']): number => Object.values(cpu).reduce((sum, each) => sum + each, 0);

const folder = await mkdtemp(join(tmpdir(), 'portico-bench-services-'));
const databases = Object.fromEntries(
  await Promise.all(BACKEND_NAMES.map(async (name) => [name, await createMariadbDatabase()] as const)),
) as Readonly<Record<BackendName, TestDatabase>>;
try {
  await withLab(
    { store: 'mariadb', starts: 1, only: 'Portico', say },
    async ({ servers, targets, urls, database }) => {
      const [server] = servers;
      const target = targets.get('Portico');
      if (server === undefined || target === undefined) throw new Error('there is no server');
      say('starting the services, whose databases are migrated, and filling them');
      await (await startServices(databases, folder)).stop();
      await fill(urls.get('Portico') ?? '', databases);
      const services = await startServices(databases, folder);
      const load = startLoad();
      try {
        const shapes = { [ONE]: { pids: { shop: server.pid }, url: server.url }, [FIVE]: services };
        for (const [shape, { url }] of Object.entries(shapes))
          await load.obey({ kind: 'prepare', server: shape, target: { ...target, url } });
        const sample = async (
          route: RouteName,
          shape: string,
          pids: Running['pids'],
          ms: number,
        ): Promise<Sample> => {
          await load.obey({ kind: 'ask for all', server: shape, route });
          const before = await atRest(pids);
          const loaded = await load.obey({ kind: 'run', server: shape, route, ms });
          if (loaded === null) throw new Error(`${shape} had no request`);
          const after = await atRest(pids);
          const cpu = Object.keys(pids).map(
            (name) => [name, ((after[name] ?? 0) - (before[name] ?? 0)) / loaded.requests] as const,
          );
          return {
            route,
            shape,
            cpu: Object.fromEntries(cpu),
            tookMs: (loaded.seconds * 1000) / loaded.requests,
          };
        };
        const samples: Sample[] = [];
        for (let round = 0; round <= ROUNDS; round += 1) {
          say(round === 0 ? 'warming up' : `round ${String(round)} of ${String(ROUNDS)}`);
          for (const route of ROUTES)
            for (const [shape, { pids }] of Object.entries(shapes)) {
              const made = await sample(route, shape, pids, WINDOW_MS);
              if (round > 0) samples.push(made);
            }
        }
        const medianOf = (route: RouteName, shape: string, of: (each: Sample) => number): number =>
          median(samples.filter((each) => each.route === route && each.shape === shape).map(of));
        console.log(
          `\n${database}, node ${process.version}, load average ${loadavg()[0]?.toFixed(1) ?? ''}\n`,
        );
        printTable(
          ['CPU ms a request', ONE, FIVE, 'ratio', ...SERVICE_NAMES, 'time, ratio'],
          ROUTES.map((route) => {
            const [one, five] = [ONE, FIVE].map((shape) => medianOf(route, shape, ({ cpu }) => sumOf(cpu)));
            const [quick, slow] = [ONE, FIVE].map((shape) => medianOf(route, shape, ({ tookMs }) => tookMs));
            return [
              route,
              ...[one ?? NaN, five ?? NaN, (five ?? NaN) / (one ?? NaN)].map((each) => each.toFixed(2)),
              ...SERVICE_NAMES.map((name) => medianOf(route, FIVE, ({ cpu }) => cpu[name] ?? 0).toFixed(2)),
              ((slow ?? NaN) / (quick ?? NaN)).toFixed(2),
            ];
          }),
        );
        const resident = await Promise.all(Object.values(services.pids).map(residentOf));
        console.log(
          `\nresident MiB: ${(await residentOf(server.pid)).toFixed(0)} in one process, ${resident.map((each) => each.toFixed(0)).join(' + ')} as services`,
        );
      } finally {
        load.end();
        await services.stop();
      }
    },
  );
} finally {
  for (const place of Object.values(databases)) await place.drop();
  await rm(folder, { recursive: true });
}
