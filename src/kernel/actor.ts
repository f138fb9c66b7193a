import { errorCatalogue } from './errors.js';
import type { ApiKeyId, SessionId, UserId } from './ids.js';

export type Role = 'customer' | 'admin';

/** A logged-in user who calls, as their session's row stood when the request came in. */
export interface UserActor {
  readonly id: UserId;
  readonly sessionId: SessionId;
  readonly role: Role;
  /** The time at which the session's user last proved their password. A refresh proves nothing. */
  readonly authenticatedAt: Date;
}

/** Everything that an API key can be allowed to do. */
export const SCOPES = [
  'catalog:read',
  'catalog:write',
  'orders:read',
  'orders:write',
  'customers:read',
  'customers:write',
  'webhooks:manage',
] as const;
export type Scope = (typeof SCOPES)[number];

/** An API key that calls, as its row stood when the request came in. It is no customer and owns nothing. */
export interface KeyActor {
  readonly id: ApiKeyId;
  readonly scopes: readonly Scope[];
}

/** A key of which one scope has been checked; `asScopedKey` is the way to one. */
export interface ScopedKey<S extends Scope> extends KeyActor {
  readonly scope: S;
}

/** The keys that may make a call: those with the scope `S`, and none where no scope opens the call. */
export type Keys<S extends Scope> = [S] extends [never] ? never : ScopedKey<S>;

/** The caller: a user, or a key with the scope `S`. A use case that names no scope is closed to keys. */
export type Actor<S extends Scope = never> = UserActor | Keys<S>;

/** A user whose role has been checked; `asAdministrator` is the way to one. */
export interface Administrator extends UserActor {
  readonly role: 'admin';
}

/** The operator of the shop, at its command line and when it starts: no user, and allowed what administrators are. */
export const OPERATOR = 'operator';
export type Operator = typeof OPERATOR;

/**
 * Who manages the shop, or the part of it that the scope `S` opens to keys. A use case for managers takes one as its first
 * argument, so that a call whose caller has not been checked does not compile.
 */
export type Manager<S extends Scope = never> = Administrator | Operator | Keys<S>;

export const failAccess = errorCatalogue({
  forbidden: ['forbidden', 'This call is for administrators only.'],
  user_required: [
    'forbidden',
    'No API key may make this call: it requires the access token of a user. Log in to get one.',
  ],
  insufficient_scope: [
    'forbidden',
    'The API key does not have the scope that this call requires. Create a key with that scope.',
    {
      scope: {
        type: 'string',
        enum: SCOPES,
        description: 'The scope that the call requires, as in `WWW-Authenticate`',
        example: 'orders:read',
      },
    },
  ],
});

export const isKey = (actor: UserActor | KeyActor): actor is KeyActor => 'scopes' in actor;

/** Fails with `insufficient_scope` if the key does not have the scope, and with `user_required` if no scope opens the call. */
export const asScopedKey = <S extends Scope>(key: KeyActor, scope: S | undefined): ScopedKey<S> => {
  if (scope === undefined) throw failAccess('user_required');
  if (!key.scopes.includes(scope)) throw failAccess('insufficient_scope', { scope });
  return { ...key, scope };
};

/** Fails with `forbidden` unless the user is an administrator. */
export const asAdministrator = (actor: UserActor): Administrator => {
  const { role } = actor;
  if (role !== 'admin') throw failAccess('forbidden');
  return { ...actor, role };
};

/** Returns whether the caller manages what it calls: an administrator, or a key whose scope has been checked. */
export const manages = (by: Actor<Scope>): boolean => isKey(by) || by.role === 'admin';

/** Fails with `forbidden` unless the data of that person is the caller's own, or the caller manages it. */
export const requireOwn = (by: Actor<Scope> | Operator, person: UserId): void => {
  if (by !== OPERATOR && !isKey(by) && by.id !== person) asAdministrator(by);
};
