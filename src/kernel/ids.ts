import type { Brand } from './brand.js';

// The ids that cross the borders of contexts. All are UUIDv7 (RFC 9562 §5.7), in lower case.

export type UserId = Brand<string, 'UserId'>;
/** A customer is the profile beside a user and carries the user's id. */
export type CustomerId = UserId;
export type SessionId = Brand<string, 'SessionId'>;
export type ProductId = Brand<string, 'ProductId'>;
export type OrderId = Brand<string, 'OrderId'>;
export type AddressId = Brand<string, 'AddressId'>;

/** Mints an id; called before a transaction, so that a retry of the transaction keeps it. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- whoever asks says which id it is to be
export type NewId = <Id extends Brand<string, string>>() => Id;
