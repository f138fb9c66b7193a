import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { fail } from '../../../domain/errors.js';
import { MAX_RECORD, type FileRow } from './file-row.js';

/** A record with the number of lines up to its end. */
interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Of the package's errors, by their codes, what is said of them. */
const REASONS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'A quotation mark is not closed.',
  CSV_INVALID_CLOSING_QUOTE: 'Text follows a closing quotation mark.',
  INVALID_OPENING_QUOTE: 'A quotation mark stands inside a cell that does not begin with one.',
  CSV_MAX_RECORD_SIZE: `The record is longer than ${MAX_RECORD} characters. Is a quotation mark not closed?`,
};

const refusal = (error: unknown): unknown => {
  if (!(error instanceof CsvError)) return error;
  const { lines } = error as CsvError & { readonly lines?: number };
  return fail('invalid_import', {
    line: lines ?? 1,
    reason: REASONS[error.code] ?? 'The file is not CSV.',
  });
};

/** Fails with `invalid_import` for names that are unknown or repeated, and without a column for the SKU. */
const requireColumns = (header: readonly string[], columns: readonly string[]): void => {
  const unknown = header.filter((name) => !columns.includes(name));
  const repeated = header.filter((name, at) => header.indexOf(name) !== at);
  const wrong = (reason: string) => fail('invalid_import', { line: 1, reason });
  if (unknown.length > 0)
    throw wrong(
      `There is no column ${unknown.map((name) => JSON.stringify(name.slice(0, 64))).join(', ')}. The columns are ${columns.join(', ')}.`,
    );
  if (repeated.length > 0) throw wrong(`The column ${repeated.join(', ')} is there twice.`);
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
  const parser = parse({
    info: true,
    max_record_size: MAX_RECORD,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  // Errors of both reach the loop.
  pipeline(Readable.from(text), parser, () => undefined);
  let header: readonly string[] | null = null;
  /** The package counts both characters of a line break within quotation marks. */
  let tooMany = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      tooMany += countIn(record, /\r\n/g);
      const line = info.lines - tooMany - countIn(record, /\r\n|\n|\r/g);
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
    throw refusal(error);
  }
};
