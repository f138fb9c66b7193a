/**
 * The kind of a refusal. `platform/http` maps each kind to one status; nothing else depends on it.
 *
 * - `malformed`: the request cannot be read (400).
 * - `unauthenticated`: the caller is not, or not validly, authenticated (401).
 * - `forbidden`: the caller is authenticated but not allowed (403).
 * - `not_found`: the resource does not exist, or not for this caller (404).
 * - `conflict`: the state of the shop does not allow it (409).
 * - `stale`: another writer changed the row first. `transact` runs its work again; if the last attempt fails too, it is a 409.
 * - `precondition_failed`: the caller expects another version (412).
 * - `invalid`: well-formed but not acceptable (422).
 * - `limited`: too many requests in too short a time (429).
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

/** Facts about an error that the caller receives: plain JSON, never a secret. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** A refusal that reaches the caller, identified by its stable `code`. Any other error is a bug or an outage. */
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
 * Returns whether an error is a refusal, by name: another project's adapter may bring its own copy of this package, with a class
 * of its own.
 */
export const isDomainError = (error: unknown): error is DomainError =>
  error instanceof Error && error.name === 'DomainError';

/** The form of a value in the details of an error, in words of JSON Schema: plain data, which a domain may declare. */
export type ErrorValue =
  | { readonly type: 'string'; readonly enum?: readonly string[]; readonly format?: 'uuid' }
  | { readonly type: 'number' }
  /** A whole number of at most 32 bits; not negative, unless it has another minimum. */
  | { readonly type: 'integer'; readonly minimum?: number }
  | { readonly type: 'array'; readonly items: ErrorValue }
  | { readonly type: 'object'; readonly properties: Readonly<Record<string, ErrorMember>> };

/** A member of an error that its caller receives: always there, and with a form that programs rely on. */
export type ErrorMember = ErrorValue & { readonly description: string; readonly example?: unknown };

export type ErrorMembers = Readonly<Record<string, ErrorMember>>;

/** One entry of a catalogue, as the API's documentation shows it. */
export interface ErrorEntry {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
  /** What the caller receives beside the code. The `details` of the error are these, or a route renders them so. */
  readonly members?: ErrorMembers | undefined;
}

/** The declaration of an error in a catalogue. */
export type ErrorDeclaration = readonly [kind: ErrorKind, message: string, members?: ErrorMembers];

export interface ErrorCatalogue<Code extends string> {
  /** Makes the error; the caller throws it. */
  (code: Code, details?: ErrorDetails): DomainError;
  /** Returns the entries that a route documents as its possible responses. */
  pick(...codes: readonly Code[]): readonly ErrorEntry[];
}

/** Makes the catalogue of a context's errors: a misspelt code does not compile. */
export const errorCatalogue = <Code extends string>(
  entries: Readonly<Record<Code, ErrorDeclaration>>,
): ErrorCatalogue<Code> => {
  const entry = (code: Code): ErrorEntry => {
    const [kind, message, members] = entries[code];
    return { kind, code, message, ...(members !== undefined && { members }) };
  };
  const fail = (code: Code, details?: ErrorDetails): DomainError => {
    const { kind, message } = entry(code);
    return new DomainError(kind, code, message, details);
  };
  return Object.assign(fail, { pick: (...codes: readonly Code[]) => codes.map(entry) });
};

/** Errors that belong to no context: every repository and every conditional write can raise them. */
export const failWrite = errorCatalogue({
  stale_write: [
    'stale',
    'The resource was changed by another request in the meantime. Read it again and retry.',
  ],
  precondition_failed: ['precondition_failed', 'The resource is in another version than expected.'],
});

/**
 * Versions that the caller accepts to change. Without `oneOf`, every version that is not in `noneOf` passes; an empty `oneOf`
 * accepts none; `undefined` accepts any.
 */
export type ExpectedVersion =
  { readonly oneOf?: readonly number[]; readonly noneOf?: readonly number[] } | undefined;

/** Fails with `precondition_failed` if the caller does not accept this version. */
export const requireVersion = (actual: number, { oneOf, noneOf = [] }: ExpectedVersion = {}): void => {
  if (noneOf.includes(actual) || oneOf?.includes(actual) === false) throw failWrite('precondition_failed');
};
