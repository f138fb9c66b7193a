import { fail } from '../../../domain/errors.js';
import { MAX_RECORD, type FileRow } from './file-row.js';

/** Yields the lines of a text. Fails with `invalid_import` at one that is too long, before all of it is in memory. */
const linesOf = async function* (text: AsyncIterable<string>): AsyncGenerator<string> {
  let [rest, line] = ['', 0];
  const next = (found: string): string => {
    line += 1;
    if (found.length > MAX_RECORD)
      throw fail('invalid_import', { line, reason: `The line is longer than ${MAX_RECORD} characters.` });
    return found;
  };
  for await (const chunk of text) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const found of lines) yield next(found);
    if (rest.length > MAX_RECORD) next(rest);
  }
  if (rest !== '') yield next(rest);
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Yields the objects of NDJSON. Blank lines are skipped; a carriage return before the end of a line is white space to JSON. */
export const ndjsonRows = async function* (text: AsyncIterable<string>): AsyncGenerator<FileRow> {
  let line = 0;
  for await (const found of linesOf(text)) {
    line += 1;
    if (found.trim() === '') continue;
    const fields = parse(found);
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) yield { line, fields };
    else yield { line, problem: 'The line is not a JSON object.' };
  }
};
