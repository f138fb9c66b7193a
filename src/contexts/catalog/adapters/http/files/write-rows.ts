import { Readable, pipeline } from 'node:stream';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { stringify } from 'csv-stringify';

type Row = Readonly<Record<string, string | number | null>>;

const rowsOf = async function* (pages: AsyncIterable<readonly Row[]>): AsyncGenerator<Row> {
  for await (const page of pages) {
    yield* page;
    // SQLite returns in the same turn of the event loop: without this, no other request is served before the last page.
    await turnOfTheLoop();
  }
};

/** Returns the rows as CSV (RFC 4180), with a first line. What a spreadsheet would take for a formula begins with an apostrophe. */
export const csvOf = (columns: readonly string[], pages: AsyncIterable<readonly Row[]>): Readable =>
  pipeline(
    Readable.from(rowsOf(pages)),
    stringify({ header: true, columns: [...columns], escape_formulas: true, record_delimiter: 'windows' }),
    () => undefined, // an error of the reader destroys the stream
  );

/** Returns the rows as NDJSON. */
export const ndjsonOf = (pages: AsyncIterable<readonly Row[]>): Readable => {
  const lines = async function* () {
    for await (const page of pages) {
      if (page.length > 0) yield page.map((row) => `${JSON.stringify(row)}\n`).join('');
      await turnOfTheLoop();
    }
  };
  return Readable.from(lines(), { objectMode: false, highWaterMark: 1 });
};
