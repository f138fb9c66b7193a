import { isUtf8 } from 'node:buffer';
import { fail } from '../../../domain/errors.js';
import type { ImportFormat } from '../../../domain/import.js';
import { csvRows } from './csv-rows.js';
import type { FileRow } from './file-row.js';
import { ndjsonRows } from './ndjson-rows.js';

const MAX_BYTES = 256 * 1024 * 1024;

const NEWLINE = 0x0a;

/** Whether a byte of UTF-8 goes on with the character of the byte before it. */
const continues = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Returns the number of lines before the one in which a part of a file is not UTF-8. It may begin within a character. */
const linesBeforeFault = (bytes: Uint8Array): number => {
  let begin = 0;
  while (begin < 3 && continues(bytes[begin])) begin += 1;
  for (let lines = 0; ; lines += 1) {
    const end = bytes.indexOf(NEWLINE, begin);
    if (end < 0) return lines;
    if (!isUtf8(bytes.subarray(begin, end))) return lines;
    begin = end + 1;
  }
};

/** Yields the text of a file, without a byte-order mark. Fails with `invalid_import` if it is not UTF-8, and with `import_too_large`. */
const textOf = async function* (bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let [size, line] = [0, 1];
  const decode = (chunk?: Uint8Array): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      const before = chunk === undefined ? 0 : linesBeforeFault(chunk);
      throw fail('invalid_import', { line: line + before, reason: 'The file is not UTF-8.' });
    }
  };
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > MAX_BYTES) throw fail('import_too_large');
    const text = decode(chunk);
    if (text !== '') yield text;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) line += 1;
  }
  const rest = decode();
  if (rest !== '') yield rest;
};

const READERS = { csv: csvRows, ndjson: ndjsonRows } as const;

/** Yields the rows of a file as it arrives, with the lines at which they begin. Fails with `invalid_import` or `import_too_large`. */
export const readRows = (
  format: ImportFormat,
  bytes: AsyncIterable<Uint8Array>,
  columns: readonly string[],
): AsyncGenerator<FileRow> => READERS[format](textOf(bytes), columns);
