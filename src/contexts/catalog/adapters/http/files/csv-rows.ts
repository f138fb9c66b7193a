import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { fail } from '../../../domain/errors.js';
import { MAX_RECORD, type FileRow } from './file-row.js';

/** Of the package's errors, by their codes, what is said of them. */
const REASONS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'A quotation mark is not closed.',
  CSV_INVALID_CLOSING_QUOTE: 'Text follows a closing quotation mark.',
  INVALID_OPENING_QUOTE: 'A quotation mark stands inside a cell that does not begin with one.',
  CSV_MAX_RECORD_SIZE: `The record is longer than ${MAX_RECORD} characters. Is a quotation mark not closed?`,
};

/** Returns what is said of a record, which begins at `line`, that the package can't read. */
const refusal = (error: unknown, line: number): unknown =>
  error instanceof CsvError
    ? fail('invalid_import', { line, reason: REASONS[error.code] ?? 'The file is not CSV.' })
    : error;

/** Number of names of columns that an error shows. */
const SHOWN = 5;

const listed = (names: readonly string[]): string => {
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return `${names
    .slice(0, SHOWN)
    .map((name) => JSON.stringify(name.slice(0, 64)))
    .join(', ')}${more}`;
};

/** Fails with `invalid_import` for names that are unknown or repeated, and without a column for the SKU. */
const requireColumns = (header: readonly string[], columns: readonly string[]): void => {
  const unknown = header.filter((name) => !columns.includes(name));
  const repeated = header.filter((name, at) => header.indexOf(name) !== at);
  const wrong = (reason: string) => fail('invalid_import', { line: 1, reason });
  if (unknown.length > 0)
    throw wrong(`There is no column ${listed(unknown)}. The columns are ${columns.join(', ')}.`);
  if (repeated.length > 0) throw wrong(`The column ${listed(repeated)} is there twice.`);
  if (!header.includes('sku')) throw wrong('The first line must name the columns, and sku among them.');
};

/** Number of matches in the cells of a record. */
const countIn = (record: readonly string[], pattern: RegExp): number =>
  record.reduce((sum, cell) => sum + (cell.match(pattern)?.length ?? 0), 0);

/** Yields the rows of CSV (RFC 4180) whose first line names the columns. */
export const csvRows = async function* (
  text: AsyncIterable<string>,
  columns: readonly string[],
): AsyncGenerator<FileRow> {
  /** The package counts both characters of a line break within quotation marks. */
  let tooMany = 0;
  /** Line at which the next record begins. */
  let next = 1;
  const parser = parse({
    max_record_size: MAX_RECORD,
    relax_column_count: true,
    skip_empty_lines: true,
    // As it is parsed, since an error overtakes the records that wait to be read.
    on_record: (record: string[], { lines }) => {
      tooMany += countIn(record, /\r\n/g);
      next = lines - tooMany + 1;
      const line = lines - tooMany - countIn(record, /\r\n|\n|\r/g);
      return [String(line), ...record]; // the package's types take texts only
    },
  });
  // Errors of both reach the loop.
  pipeline(Readable.from(text), parser, () => undefined);
  let header: readonly string[] | null = null;
  try {
    for await (const [begin, ...record] of parser as AsyncIterable<readonly string[]>) {
      const line = Number(begin);
      if (header === null) {
        header = record.map((name) => name.trim());
        requireColumns(header, columns);
      } else if (record.length !== header.length)
        yield { line, problem: `The row has ${record.length} cells instead of ${header.length}.` };
      else {
        const names = header;
        yield { line, fields: Object.fromEntries(record.map((cell, at) => [names[at] ?? '', cell])) };
      }
    }
  } catch (error) {
    throw refusal(error, next);
  }
};
