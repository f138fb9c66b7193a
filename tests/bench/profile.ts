// `npm run bench -- profile`: where Portico's CPU goes on each route, by layer: the time in which a layer's own code was on top of
// the stack, for each request. Takes the names of routes; all of them unless told.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startLoad } from './compare.js';
import { withLab } from './lab.js';
import { printTable } from './report.js';
import { ROUTES, type RouteName } from './workloads.js';

const WARM_UP_MS = 3_000;
const WINDOW_MS = 5_000;

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  /** Microseconds on the machine's monotonic clock. */
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The first whose pattern the file of a function matches has its time. */
const LAYERS: readonly (readonly [string, RegExp])[] = [
  [
    'Sequelize',
    /node_modules\/(?:sequelize|sequelize-pool|validator|moment|moment-timezone|lodash|retry-as-promised)\//,
  ],
  [
    'database driver',
    /node_modules\/(?:mysql2|sql-escaper|denque|lru\.min|named-placeholders|long|iconv-lite|generate-function)\//,
  ],
  ['rows and repositories', /src\/platform\/database\/|adapters\/sequelize\//],
  ['outbox and relay', /src\/platform\/outbox\//],
  [
    'tokens',
    /node_modules\/(?:jsonwebtoken|jws|jwa|ecdsa-sig-formatter|semver|lodash\.\w+|ms)\/|adapters\/jwt\/|internal\/crypto/,
  ],
  [
    'log',
    /node_modules\/(?:pino|sonic-boom|quick-format-unescaped|safe-stable-stringify|thread-stream)\/|access-log/,
  ],
  ['metrics', /node_modules\/prom-client\/|metrics\.js/],
  ['Joi', /node_modules\/(?:joi|@hapi|@sideway|@standard-schema)\/|src\/platform\/schema\//],
  [
    'Koa and its middlewares',
    /node_modules\/(?:@?koa|helmet|vary|fresh|accepts|content-type|type-is|raw-body|co-body|on-finished|path-to-regexp|statuses|parseurl|mime)/,
  ],
  ['HTTP of Portico', /src\/platform\/http\/|adapters\/http\//],
  ['contexts and kernel', /src\/(?:contexts|kernel|platform|main)\//],
  ['node', /^node:/],
];

const layerOf = ({ functionName, url }: Profile['nodes'][number]['callFrame']): string => {
  if (url === '') return functionName === '(garbage collector)' ? 'garbage collector' : 'native';
  return LAYERS.find(([, pattern]) => pattern.test(url))?.[0] ?? 'other packages';
};

interface Window {
  readonly route: RouteName;
  readonly requests: number;
  /** On the profile's clock. */
  readonly from: number;
  readonly to: number;
}

/** Microseconds of each layer for each request of a window. */
const costsIn = (profile: Profile, { requests, from, to }: Window): ReadonlyMap<string, number> => {
  const layers = new Map(
    profile.nodes.map(({ id, callFrame }) => [
      id,
      callFrame.functionName === '(idle)' ? null : layerOf(callFrame),
    ]),
  );
  const costs = new Map<string, number>();
  let at = profile.startTime;
  profile.samples.forEach((id, index) => {
    const lasted = profile.timeDeltas[index] ?? 0;
    at += lasted;
    const layer = layers.get(id) ?? null;
    if (layer !== null && at >= from && at < to)
      costs.set(layer, (costs.get(layer) ?? 0) + lasted / requests);
  });
  return costs;
};

const now = (): number => Number(process.hrtime.bigint() / 1000n);

const chosen = ROUTES.filter((route) => process.argv.length <= 2 || process.argv.includes(route));
const folder = await mkdtemp(join(tmpdir(), 'portico-profile-'));
const nodeArgs = ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${folder}`];
const say = (what: string): void => {
  console.error(what);
};

const windows = await withLab(
  { store: 'mariadb', starts: 1, say, only: 'Portico', nodeArgs },
  async ({ targets }) => {
    const load = startLoad();
    try {
      for (const [server, target] of targets) await load.obey({ kind: 'prepare', server, target });
      const found: Window[] = [];
      for (const route of chosen) {
        const run = (ms: number) => load.obey({ kind: 'run', server: 'Portico', route, ms });
        await run(WARM_UP_MS);
        const from = now();
        const loaded = await run(WINDOW_MS);
        await wait(500); // what is left to be done after the answers
        found.push({ route, requests: loaded?.requests ?? NaN, from, to: now() });
      }
      return found;
    } finally {
      load.end();
    }
  },
);

const profiles = await Promise.all(
  (await readdir(folder)).map(
    async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as Profile,
  ),
);
await rm(folder, { recursive: true });
/** That of the main thread of the last start: the one that was on during the windows and did most. */
const costs = windows.map((window) => {
  const all = profiles.map((profile) => costsIn(profile, window));
  const sum = (each: ReadonlyMap<string, number>) =>
    [...each.values()].reduce((total, cost) => total + cost, 0);
  return all.toSorted((a, b) => sum(b) - sum(a))[0] ?? new Map<string, number>();
});
const names = [...LAYERS.map(([name]) => name), 'other packages', 'garbage collector', 'native'];
console.log('\nµs of the main thread for each request, by the layer whose code ran\n');
printTable(
  ['', ...windows.map(({ route }) => route)],
  [
    ...names.map((name) => [name, ...costs.map((each) => (each.get(name) ?? 0).toFixed(0))]),
    ['all', ...costs.map((each) => [...each.values()].reduce((sum, cost) => sum + cost, 0).toFixed(0))],
  ],
);
