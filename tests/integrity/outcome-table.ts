import { markdownTable } from '../support/markdown.js';
import type { Outcome } from './attack.js';

const headings = (met: string) => ['Scenario', 'Database', 'Attempts', met, 'Refused', 'Anomalies'];

const cellsOf = ({ scenario, database, attempts, overlapped, refusals, anomalies }: Outcome): string[] => [
  scenario,
  database,
  String(attempts),
  String(overlapped),
  [...refusals].map(([code, count]) => `${String(count)} \`${code}\``).join(', ') || 'none',
  String(anomalies.length),
];

/** The outcomes as a table in Markdown. */
export const outcomeTable = (
  outcomes: readonly Outcome[],
  met: 'Overlapped' | 'Interrupted' = 'Overlapped',
): string => markdownTable(headings(met), outcomes.map(cellsOf));
