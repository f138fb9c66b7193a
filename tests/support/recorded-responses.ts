import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

// Records which documented responses tests receive over HTTP: docs/evidence/statuses.md is made from them.

/** A response of an operation, received by a test of a file. */
export interface RecordedResponse {
  readonly operation: string;
  readonly status: number;
  /** Of a problem; null for any other response. */
  readonly code: string | null;
  /** Path of the file from the root; null if the stack does not show it. */
  readonly file: string | null;
}

/** A folder with a file of JSON lines for each process; nothing is recorded if it is unset. */
const folder = process.env['RECORD_RESPONSES'];

const recorded = new Set<string>();

/** Returns the file of the test that is waiting for this response, from the stack of what awaits it. */
const callingTest = (): string | null => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  const { stack = '' } = new Error('only its stack is read');
  Error.stackTraceLimit = stackTraceLimit;
  return /(?:tests|clients)\/[\w./-]+\.test\.ts/.exec(stack)?.[0] ?? null;
};

/** Appends a response to the record, each once. */
export const recordResponse = (operation: string, status: number, body: unknown): void => {
  if (folder === undefined) return;
  const { code = null } = status < 400 ? {} : (body as { readonly code?: string });
  const line = JSON.stringify({
    operation,
    status,
    code,
    file: callingTest(),
  } satisfies RecordedResponse);
  if (recorded.has(line)) return;
  recorded.add(line);
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, `${String(process.pid)}.jsonl`), `${line}\n`);
};
