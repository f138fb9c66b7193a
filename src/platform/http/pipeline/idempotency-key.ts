import { createHash } from 'node:crypto';
import { manages, type Actor, type Scope } from '#src/kernel/actor.js';
import { failIdempotency, type IdempotencyKey } from '../../idempotency/idempotency-store.js';
import type { Route } from '../routes/route.js';

/** Returns whether a route accepts keys: every POST of an authenticated caller, unless its reply must not be stored. */
export const acceptsKey = ({ kind, method, access, idempotent = true }: Route): boolean =>
  kind === 'command' && method === 'post' && access !== 'anyone' && idempotent;

const BARE = /^[!#-~][ -~]{0,254}$/;
/** A string of structured fields (RFC 9651 §3.3.3). */
const QUOTED = /^"(?<text>(?:[ !#-[\]-~]|\\["\\])*)"$/;

/** Returns the key in the header's value, bare or as a quoted string; fails with `invalid_idempotency_key`. */
export const parseKey = (field: string): string => {
  const key =
    QUOTED.exec(field)?.groups?.['text']?.replaceAll(/\\(.)/g, '$1') ?? (BARE.test(field) ? field : '');
  if (key === '' || key.length > 255) throw failIdempotency('invalid_idempotency_key');
  return key;
};

/** Returns the same JSON in canonical form, whatever the order of its members. */
const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, canonical(member)]),
  );
};

const sha256 = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/** Administrators and keys import whole catalogues. */
const QUOTAS_OF_MANAGER = 10;

interface KeyedRequest {
  readonly caller: Actor<Scope>;
  /** The value of the header. */
  readonly field: string;
  /** Everything that the request asks for. */
  readonly content: unknown;
  readonly at: Date;
  /** Maximum number of bytes stored for a customer's replies. */
  readonly quota: number;
}

/** Returns the key of a request in its scope, which is the caller and the operation. */
export const idempotencyKey = (
  { operationId, aliasOf = operationId }: Route,
  { caller, field, content, at, quota }: KeyedRequest,
): IdempotencyKey => ({
  id: sha256([caller.id, aliasOf, parseKey(field)]),
  caller: caller.id,
  fingerprint: sha256([canonical(content)]),
  at,
  quota: manages(caller) ? QUOTAS_OF_MANAGER * quota : quota,
});
