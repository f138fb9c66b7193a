// `npm run bench -- profile`: where Portico's CPU goes on each route, by layer: by whose code was on top of the stack,
// scaled to the CPU that the process used. Takes the names of routes; all of them unless told.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLoad } from './compare.js';
import { withLab } from './lab.js';
import { printTable } from './report.js';
import { cpuAtRest } from './servers.js';
import { builtProgram } from '../support/server-process.js';
import { ROUTES, type RouteName } from './workloads.js';

const WARM_UP_MS = 3_000;
const WINDOW_MS = 5_000;

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
      readonly columnNumber: number;
    };
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
  ['metrics', /node_modules\/prom-client\/|metrics\.ts/],
  ['Joi', /node_modules\/(?:joi|@hapi|@sideway|@standard-schema)\/|src\/platform\/schema\//],
  [
    'Koa and its middlewares',
    /node_modules\/(?:@?koa|helmet|vary|fresh|accepts|content-type|type-is|raw-body|co-body|on-finished|path-to-regexp|statuses|parseurl|mime)/,
  ],
  ['HTTP of Portico', /src\/platform\/http\/|adapters\/http\//],
  ['contexts and kernel', /src\/(?:contexts|kernel|platform|main)\//],
  ['node', /^node:/],
];

const bundle = join(await builtProgram('server'), '..', 'run.js');
const bundleMap = new SourceMap(JSON.parse(await readFile(`${bundle}.map`, 'utf8')) as SourceMapPayload);

/** The file that a function was bundled from. */
const sourceOf = ({ url, lineNumber, columnNumber }: Profile['nodes'][number]['callFrame']): string => {
  if (!url.endsWith(bundle)) return url;
  const found = bundleMap.findEntry(lineNumber, columnNumber);
  return 'originalSource' in found ? found.originalSource : url;
};

/** Null for a thread that waits. */
const layerOf = (callFrame: Profile['nodes'][number]['callFrame']): string | null => {
  const { functionName } = callFrame;
  const url = sourceOf(callFrame);
  if (functionName === '(idle)') return null;
  if (url === '') return functionName === '(garbage collector)' ? 'garbage collector' : 'native';
  return LAYERS.find(([, pattern]) => pattern.test(url))?.[0] ?? 'other packages';
};

interface Window {
  readonly route: RouteName;
  /** Microseconds of CPU for each request. */
  readonly cpu: number;
  /** On the profile's clock. */
  readonly from: number;
  readonly to: number;
}

type Layers = ReadonlyMap<string, number>;

const sumOf = (layers: Layers): number => [...layers.values()].reduce((sum, each) => sum + each, 0);

/** Microseconds by layer that a profile has seen in a window: on a busy machine more than the process had of a core. */
const seenIn = (profile: Profile, { from, to }: Window): Layers => {
  const layers = new Map(profile.nodes.map(({ id, callFrame }) => [id, layerOf(callFrame)]));
  const seen = new Map<string, number>();
  let at = profile.startTime;
  profile.samples.forEach((id, index) => {
    const lasted = profile.timeDeltas[index] ?? 0;
    at += lasted;
    const layer = layers.get(id) ?? null;
    if (layer !== null && at >= from && at < to) seen.set(layer, (seen.get(layer) ?? 0) + lasted);
  });
  return seen;
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
  async ({ targets, servers: [server] }) => {
    const { pid = 0 } = server ?? {};
    const load = startLoad();
    try {
      for (const [server, target] of targets) await load.obey({ kind: 'prepare', server, target });
      const found: Window[] = [];
      for (const route of chosen) {
        const run = (ms: number) => load.obey({ kind: 'run', server: 'Portico', route, ms });
        await run(WARM_UP_MS);
        const [before, from] = [await cpuAtRest(pid), now()];
        const loaded = await run(WINDOW_MS);
        const [after, to] = [await cpuAtRest(pid), now()];
        found.push({ route, cpu: (1000 * (after - before)) / (loaded?.requests ?? NaN), from, to });
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
/** Each start has left a profile of each thread; the main thread of the last one has seen most of a window. */
const costs = windows.map((window): Layers => {
  const [seen = new Map<string, number>()] = profiles
    .map((profile) => seenIn(profile, window))
    .sort((a, b) => sumOf(b) - sumOf(a));
  const scale = window.cpu / sumOf(seen);
  return new Map([...seen].map(([layer, cost]) => [layer, cost * scale]));
});
const names = [...LAYERS.map(([name]) => name), 'other packages', 'garbage collector', 'native'];
console.log('\nµs of CPU for each request, by the layer whose code ran\n');
printTable(
  ['', ...windows.map(({ route }) => route)],
  [
    ...names.map((name) => [name, ...costs.map((each) => (each.get(name) ?? 0).toFixed(0))]),
    ['all', ...costs.map((each) => sumOf(each).toFixed(0))],
  ],
);
