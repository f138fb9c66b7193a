// `npm run bench -- charts`: draws the results in docs/evidence/bench as images beside them.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lineChart, type LineChart } from './line-chart.js';

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'evidence', 'bench');
const COUNTS = { '1k': 1_000, '10k': 10_000, '100k': 100_000, '1m': 1_000_000 } as const;

interface Growth {
  readonly database: string;
  readonly unit: string;
  readonly measured: Readonly<
    Record<string, Readonly<Record<string, { readonly ms: number; readonly read: number }>>>
  >;
}

/** The requests of which each line shows the one that reads the most. */
const KINDS: Readonly<Record<string, (title: string) => boolean>> = {
  'a product': (title) => title === 'a product',
  'lists, first page': (title) => !/q=|page|a product$/.test(title),
  'lists, page 1,000': (title) => title.includes('page'),
  'search of a rare word': (title) => /q= of (?:one|none)/.test(title),
  'search of common words': (title) => title.includes('common word'),
};

const nameOf = ({ database }: { readonly database: string }): string => database.split(' ')[0] ?? '';

const growthChart = ({ unit, measured, ...run }: Growth): LineChart => ({
  title: `What the costliest request of a kind reads, ${nameOf(run)}`,
  x: { label: 'products, users and orders', isLog: true },
  y: { label: `${unit} read`, isLog: true },
  series: Object.entries(KINDS).map(([name, isMeant]) => ({
    name,
    points: Object.entries(COUNTS).flatMap(([size, count]) => {
      const costs = measured[size];
      if (costs === undefined) return [];
      const reads = Object.entries(costs).filter(([title]) => isMeant(title));
      return [[count, Math.max(1, ...reads.map(([, { read }]) => read))] as const];
    }),
  })),
});

interface Overload {
  readonly database: string;
  readonly steps: readonly Readonly<
    Record<'factor' | 'served' | 'refused' | 'p50' | 'p99' | 'livezP99', number>
  >[];
}

const loadChart =
  (title: string, label: string, lines: Readonly<Record<string, keyof Overload['steps'][number]>>) =>
  ({ steps, ...run }: Overload): LineChart => ({
    title: `${title}, ${nameOf(run)}`,
    x: { label: 'offered load, times the capacity' },
    y: { label },
    series: Object.entries(lines).map(([name, member]) => ({
      name,
      points: steps.map((step) => [step.factor, step[member]] as const),
    })),
  });

const served = loadChart('Product reads under overload', 'requests a second', {
  served: 'served',
  'refused with 503': 'refused',
});
const waited = loadChart('Waiting under overload', 'milliseconds', {
  'p99 of those served': 'p99',
  'p50 of those served': 'p50',
  'p99 of /livez': 'livezP99',
});

const draw = async (
  name: string,
  charts: Readonly<Record<string, (results: never) => LineChart>>,
): Promise<void> => {
  const file = join(FOLDER, `${name}.json`);
  if (!existsSync(file)) return;
  const results = JSON.parse(await readFile(file, 'utf8')) as never;
  for (const [ending, chart] of Object.entries(charts)) {
    await writeFile(join(FOLDER, `${name}${ending}.svg`), lineChart(chart(results)));
    console.log(`docs/evidence/bench/${name}${ending}.svg`);
  }
};

for (const store of ['mariadb', 'postgres']) {
  await draw(`portico-growth-${store}`, { '': growthChart });
  await draw(`portico-overload-${store}`, { '': served, '-waiting': waited });
}
