/**
 * What kind of refusal an error is. `platform/http` turns each kind into one status; nothing else depends on it.
 *
 * - `malformed`: the request cannot be read (400).
 * - `unauthenticated`: nobody, or nobody known, is asking (401).
 * - `forbidden`: the one who asks may not (403).
 * - `not_found`: there is no such thing, or not for the one who asks (404).
 * - `conflict`: the state of the shop does not allow it (409).
 * - `stale`: somebody else has written the row first. `transact` runs its work again; what survives that is a 409.
 * - `precondition_failed`: the caller's `If-Match` names another version (412).
 * - `invalid`: well-formed but not acceptable (422).
 * - `limited`: too much of it in too short a time (429).
 * - `unavailable`: not now; the same request may succeed later (503).
 */
export type ErrorKind =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'stale'
  | 'precondition_failed'
  | 'invalid'
  | 'limited'
  | 'unavailable';

/** Facts that go with an error to the caller: plain JSON, never a secret. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** A refusal that callers are told about, by its stable `code`. Any other error is a bug or an outage. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly kind: ErrorKind;
  /** snake_case; never changed once published. */
  readonly code: string;
  readonly details: ErrorDetails;

  constructor(kind: ErrorKind, code: string, message: string, details: ErrorDetails = {}) {
    super(message);
    this.kind = kind;
    this.code = code;
    this.details = details;
  }
}

/**
 * Tells refusals from other errors, by name: an adapter of another project may come with a copy of this package of its own,
 * whose class is another one.
 */
export const isDomainError = (error: unknown): error is DomainError =>
  error instanceof Error && error.name === 'DomainError';

/** One line of a catalogue, as the API's documentation shows it. */
export interface ErrorEntry {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
}

export interface ErrorCatalogue<Code extends string> {
  /** Makes the error; whoever calls it throws it. */
  (code: Code, details?: ErrorDetails): DomainError;
  /** The entries that a route documents as its possible answers. */
  pick(...codes: readonly Code[]): readonly ErrorEntry[];
}

/** The errors of one context, all in one place: a misspelt code does not compile. */
export const errorCatalogue = <Code extends string>(
  entries: Readonly<Record<Code, readonly [kind: ErrorKind, message: string]>>,
): ErrorCatalogue<Code> => {
  const entry = (code: Code): ErrorEntry => {
    const [kind, message] = entries[code];
    return { kind, code, message };
  };
  const fail = (code: Code, details?: ErrorDetails): DomainError => {
    const { kind, message } = entry(code);
    return new DomainError(kind, code, message, details);
  };
  return Object.assign(fail, { pick: (...codes: readonly Code[]) => codes.map(entry) });
};

/** Errors that belong to no context: every repository and every conditional write can meet them. */
export const failWrite = errorCatalogue({
  stale_write: ['stale', 'Somebody else has changed it in the meantime.'],
  precondition_failed: [
    'precondition_failed',
    'The resource is in another version than If-Match or If-None-Match asks for. Send an ETag as it was received, with its quotes.',
  ],
});

/**
 * Versions that the caller accepts to change, from `If-Match` and `If-None-Match` (RFC 9110 §13.1). Without `oneOf` every version
 * passes that is not in `noneOf`; an empty `oneOf` accepts none; `undefined` accepts any.
 */
export type ExpectedVersion =
  { readonly oneOf?: readonly number[]; readonly noneOf?: readonly number[] } | undefined;

/** Fails with `precondition_failed` when the caller does not accept this version. */
export const requireVersion = (actual: number, { oneOf, noneOf = [] }: ExpectedVersion = {}): void => {
  if (noneOf.includes(actual) || oneOf?.includes(actual) === false) throw failWrite('precondition_failed');
};
