import type { Outcome } from './attack.js';

const HEADINGS = ['Scenario', 'Database', 'Attempts', 'Overlapped', 'Refused', 'Anomalies'] as const;

const cellsOf = ({ scenario, database, attempts, overlapped, refusals, anomalies }: Outcome): string[] => [
  scenario,
  database,
  String(attempts),
  String(overlapped),
  [...refusals].map(([code, count]) => `${String(count)} \`${code}\``).join(', ') || 'none',
  String(anomalies.length),
];

/** The outcomes as a table in Markdown, its columns in line. */
export const outcomeTable = (outcomes: readonly Outcome[]): string => {
  const rows = [[...HEADINGS], ...outcomes.map(cellsOf)];
  const widths = HEADINGS.map((_heading, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [heading = [], ...body] = rows;
  return [line(heading), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
};
