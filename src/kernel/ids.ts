import type { Brand } from './brand.js';

// The ids that several contexts share. All are UUIDv7 (RFC 9562 §5.7), in lower case.

export type UserId = Brand<string, 'UserId'>;
/** A customer is the profile of a user and has the user's id. */
export type CustomerId = UserId;
export type SessionId = Brand<string, 'SessionId'>;
/** Of a credential of a program; see `KeyActor`. */
export type ApiKeyId = Brand<string, 'ApiKeyId'>;
export type ProductId = Brand<string, 'ProductId'>;
export type OrderId = Brand<string, 'OrderId'>;
export type AddressId = Brand<string, 'AddressId'>;

/** Generates an id. Called before a transaction, so that a retry of the transaction uses the same id. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller chooses the id's type
export type NewId = <Id extends Brand<string, string>>() => Id;
