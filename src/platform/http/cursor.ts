import { createHash } from 'node:crypto';
import type { Position } from '../../kernel/page.js';
import { failHttp } from './errors.js';

/** What a cursor belongs to: it is of no use in another list, in another order or under other filters. */
export interface ListIdentity {
  readonly path: string;
  /** Sort and filters, with their defaults. */
  readonly filters: Readonly<Record<string, unknown>>;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Ties position and list together. A check-sum, not a signature: a forged cursor shows nothing that the list does not. */
const digest = ({ key, id }: Position, { path, filters }: ListIdentity): string => {
  const sorted = Object.entries(filters).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([path, sorted, key, id]))
    .digest('base64url')
    .slice(0, 16);
};

/** A position as opaque text: base64url of `[key, id, digest]`. */
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

const isKey = (key: unknown): key is Position['key'] =>
  typeof key === 'number' || (typeof key === 'string' && !key.includes('\0') && key.isWellFormed());

/** The position in a cursor of this list; throws `invalid_cursor` for any other text. */
export const decodeCursor = (cursor: string, list: ListIdentity): Position => {
  const parts = parse(cursor);
  if (!isList(parts)) throw failHttp('invalid_cursor');
  const [key, id] = parts;
  if (!isKey(key) || typeof id !== 'string' || !UUID.test(id)) throw failHttp('invalid_cursor');
  const position = { key, id };
  // One position has one spelling, so comparing the cursors compares the digests too.
  if (encodeCursor(position, list) !== cursor) throw failHttp('invalid_cursor');
  return position;
};
