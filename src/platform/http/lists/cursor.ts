import { createHash } from 'node:crypto';
import type { Position } from '#src/kernel/page.js';
import { KEY_VERSION } from '#src/kernel/text.js';
import { failHttp } from '../pipeline/errors.js';

/** The list of a cursor: the cursor is invalid in another list, in another order or under other filters. */
export interface ListIdentity {
  readonly path: string;
  /** Sort and filters, with their defaults. */
  readonly filters: Readonly<Record<string, unknown>>;
}

/** The type of a list's sort key: text, whole numbers, or times, which are milliseconds since 1970 in positions. */
export type KeyKind = 'text' | 'number' | 'time';

const END_OF_9999 = 253_402_300_799_999;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Binds a position to its list, and a text position to the version of its key. It is a checksum, not a signature: a forged cursor
 * shows nothing that the list does not.
 */
const digest = ({ key, id }: Position, { path, filters }: ListIdentity): string => {
  const sorted = Object.entries(filters).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([path, sorted, key, id, ...(typeof key === 'string' ? [KEY_VERSION] : [])]))
    .digest('base64url')
    .slice(0, 16);
};

/** Returns a position as opaque text: base64url of `[key, id, digest]`. */
export const encodeCursor = (position: Position, list: ListIdentity): string =>
  Buffer.from(JSON.stringify([position.key, position.id, digest(position, list)])).toString('base64url');

const parse = (cursor: string): unknown => {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return null;
  }
};

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/**
 * Returns whether databases can compare it with the keys of the list: text is not a time to any of them, and an error to some.
 */
const isKey = (key: unknown, kind: KeyKind): key is Position['key'] => {
  if (kind === 'text') return typeof key === 'string' && !key.includes('\0') && key.isWellFormed();
  if (typeof key !== 'number' || !Number.isSafeInteger(key)) return false;
  return kind === 'number' || (key >= 0 && key <= END_OF_9999);
};

/** Returns the position of a cursor of this list; throws `invalid_cursor` for any other text. */
export const decodeCursor = (cursor: string, list: ListIdentity, kind: KeyKind): Position => {
  const parts = parse(cursor);
  if (!isList(parts)) throw failHttp('invalid_cursor');
  const [key, id] = parts;
  if (!isKey(key, kind) || typeof id !== 'string' || !UUID.test(id)) throw failHttp('invalid_cursor');
  const position = { key, id };
  // A position has one spelling, so comparing the cursors compares the digests too.
  if (encodeCursor(position, list) !== cursor) throw failHttp('invalid_cursor');
  return position;
};
