import { SERVERS } from './servers.js';
import { WORKLOADS, type RouteName } from './workloads.js';

/** One server and route. */
export interface Measured {
  /** Milliseconds of CPU of the server's process for each request, one for each round. */
  readonly cpuMs: readonly number[];
  readonly perSecond: readonly number[];
  /** Statements that the database was sent for each request; null where it does not count them. */
  readonly statements: number | null;
}

type ByServer<T> = Readonly<Record<string, T>>;

export interface Results {
  /** RFC 3339. */
  readonly at: string;
  readonly database: string;
  readonly node: string;
  readonly cpu: string;
  readonly rounds: number;
  readonly routes: Readonly<Record<string, ByServer<Measured>>>;
  /** Milliseconds of CPU from the start of the process to its first answer. */
  readonly starts: ByServer<readonly number[]>;
  /** MiB. */
  readonly resident: ByServer<{ readonly idle: number; readonly loaded: number }>;
}

/** The middle of some numbers, or halfway between the two in the middle. */
export const median = (numbers: readonly number[]): number => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return ((low ?? NaN) + (high ?? NaN)) / 2;
};

/** Prints a table in Markdown, its columns aligned. */
export const printTable = (heads: readonly string[], rows: readonly (readonly string[])[]): void => {
  const widths = heads.map((_, at) => Math.max(...[heads, ...rows].map((row) => (row[at] ?? '').length)));
  const print = (row: readonly string[]): void => {
    console.log(`| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`);
  };
  print(heads);
  print(widths.map((width) => '-'.repeat(width)));
  rows.forEach(print);
};

const NONE = '–';

const costCell = (measured: Measured | undefined): string => {
  if (measured === undefined) return NONE;
  const cpu = median(measured.cpuMs).toFixed(2);
  return measured.statements === null ? cpu : `${cpu} (${measured.statements.toFixed(1)})`;
};

/** Portico's costs by those of the others. */
const ratios = (costs: ByServer<readonly number[] | undefined>): readonly string[] =>
  ['hand-tuned', 'tutorial'].map((other) => {
    const [ours, theirs] = [costs['Portico'], costs[other]];
    return ours === undefined || theirs === undefined ? NONE : (median(ours) / median(theirs)).toFixed(2);
  });

const only = <T, U>(by: ByServer<T>, of: (value: T) => U): ByServer<U> =>
  Object.fromEntries(Object.entries(by).map(([name, value]) => [name, of(value)]));

/** Prints results as docs/performance.md shows them. */
export const printResults = ({ routes, starts, resident, ...run }: Results): void => {
  console.log(
    `\n${run.database}, Node ${run.node}, ${run.cpu}, medians of ${String(run.rounds)} rounds, ${run.at}\n`,
  );
  const byRoute = Object.entries(routes).map(([route, by]) => [
    WORKLOADS[route as RouteName].title,
    ...SERVERS.map((name) => costCell(by[name])),
    ...ratios(only(by, ({ cpuMs }) => cpuMs)),
  ]);
  const startCells = SERVERS.map((name) => starts[name]).map((ms) => (ms ? median(ms).toFixed(0) : NONE));
  const residentCells = (when: 'idle' | 'loaded') =>
    SERVERS.map((name) => resident[name]?.[when].toFixed(0) ?? NONE);
  printTable(
    ['CPU ms a request (statements)', ...SERVERS, '÷ hand-tuned', '÷ tutorial'],
    [
      ...byRoute,
      ['CPU ms from start to first answer', ...startCells, ...ratios(starts)],
      ['resident MiB, idle', ...residentCells('idle'), ...ratios(only(resident, ({ idle }) => [idle]))],
      [
        'resident MiB after load',
        ...residentCells('loaded'),
        ...ratios(only(resident, ({ loaded }) => [loaded])),
      ],
    ],
  );
};
