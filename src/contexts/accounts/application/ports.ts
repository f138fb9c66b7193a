import type { Role } from '#src/kernel/actor.js';
import type { AuditLog } from '#src/kernel/audit.js';
import type { Now } from '#src/kernel/clock.js';
import type { EmailKey } from '#src/kernel/email-address.js';
import type { Events } from '#src/kernel/events.js';
import type { ApiKeyId, SessionId, UserId } from '#src/kernel/ids.js';
import type { Page, PageRequest } from '#src/kernel/page.js';
import type { ApiKey } from '../domain/api-key.js';
import type { AccountEvent } from '../domain/events.js';
import type { KnownPlace } from '../domain/known-place.js';
import type { MailToken } from '../domain/mail-token.js';
import type { Session } from '../domain/session.js';
import type { User } from '../domain/user.js';

export interface UserFilter {
  readonly role?: Role;
  readonly disabled?: boolean;
}

export interface UserReader {
  find(id: UserId): Promise<User | null>;
  /** Returns those of the users that exist, in an unspecified order. */
  findAll(ids: readonly UserId[]): Promise<readonly User[]>;
  findByEmail(key: EmailKey): Promise<User | null>;
  findByUsername(username: string): Promise<User | null>;
  /** The latest first. The position's key is the time of creation in milliseconds since 1970. */
  list(filter: UserFilter, page: PageRequest): Promise<Page<User>>;
}

export interface UserRepository extends UserReader {
  /** Locks the user until the transaction ends and returns it; null if there is none. */
  lock(id: UserId): Promise<User | null>;
  /** Locks the enabled administrators until the transaction ends and returns their ids, in id order. */
  lockAdministrators(): Promise<readonly UserId[]>;
  /** Fails with `email_taken` or `username_taken`. */
  add(user: User): Promise<void>;
  /**
   * Stores `user`. Fails with `stale_write` unless the stored version is `user.version - 1`, and with `email_taken` or
   * `username_taken`.
   */
  update(user: User): Promise<void>;
  /** Removes the user with their sessions and all tokens. Fails with `stale_write` unless the stored version is `user.version`. */
  remove(user: User): Promise<void>;
}

/** What decides whether the tokens of a session are valid, and who their caller is: one read by its key for each request. */
export interface SessionHolder {
  readonly session: Pick<Session, 'id' | 'userId' | 'authenticatedAt' | 'expiresAt' | 'endedAt'>;
  readonly role: Role;
  readonly disabled: boolean;
}

/** A refresh token as it is stored, by the hash of its secret, with what decides whether it is valid. */
export interface StoredRefreshToken {
  readonly session: Session;
  readonly user: User;
  readonly consumedAt: Date | null;
  /** Sealed successor of the session's most recently consumed token, which may be another one; null if it is no longer stored. */
  readonly sealedSuccessor: SealedSuccessor | null;
}

/** The successor of a consumed refresh token, for a client that has not received it. */
export interface SealedSuccessor {
  /** Can be opened only with the consumed token, which is stored nowhere. */
  readonly sealed: string;
  readonly until: Date;
}

/** A refresh token and its successor, both by their hashes. */
export interface Rotation {
  readonly consumed: string;
  readonly successor: string;
  readonly sealedSuccessor: SealedSuccessor;
  readonly at: Date;
}

export interface SessionReader {
  find(id: SessionId): Promise<Session | null>;
  findHolder(id: SessionId): Promise<SessionHolder | null>;
  /** A user's sessions, ended ones included, the latest first. */
  listOf(user: UserId): Promise<readonly Session[]>;
  /** Returns the user's sessions that are active at that time, the latest first. The position's key is as in `UserRepository.list`. */
  listLive(user: UserId, at: Date, page: PageRequest): Promise<Page<Session>>;
  findToken(refreshTokenHash: string): Promise<StoredRefreshToken | null>;
}

export interface SessionRepository extends SessionReader {
  add(session: Session, refreshTokenHash: string, at: Date): Promise<void>;
  /**
   * Consumes a refresh token for its successor and stores `session`; the successor that was stored before is removed.
   * Fails with `stale_write` when the token is consumed already or the stored version is not `session.version - 1`.
   */
  rotate(session: Session, rotation: Rotation): Promise<void>;
  /**
   * Removes the stored successor and stores the session's version, so that it is given to one replay. Fails with
   * `stale_write` unless the stored version is `session.version - 1`.
   */
  replay(session: Session): Promise<void>;
  /** Stores that the session's user has proved their password at that time, if the session has not ended. */
  reauthenticate(id: SessionId, at: Date): Promise<void>;
  /** Ends the session, if it has not ended already. */
  end(id: SessionId, at: Date): Promise<void>;
  /** Ends all of a user's sessions, but for `except`. */
  endAll(user: UserId, at: Date, except?: SessionId): Promise<void>;
  /**
   * Removes the stored successor and the earlier display data of at most `limit` sessions whose grace period ended before
   * `at`. Returns the number of sessions.
   */
  forgetRefreshes(at: Date, limit: number): Promise<number>;
  /**
   * Removes sessions that had ended or expired before that time: their tokens first, which can be many, then the sessions,
   * at most `limit` rows of either. Returns how many rows were removed; 0 when none is left.
   */
  purge(before: Date, limit: number): Promise<number>;
}

export interface MailTokenReader {
  /** Returns the token with this hash, also if it has expired and is not yet purged. */
  find(tokenHash: string): Promise<MailToken | null>;
}

export interface MailTokenRepository extends MailTokenReader {
  add(token: MailToken): Promise<void>;
  /** Removes the token. Fails with `stale_write` when it is gone: another request has consumed it. */
  consume(tokenHash: string): Promise<void>;
  /** Revokes all tokens of a user, whatever their purpose. */
  revokeAll(user: UserId): Promise<void>;
  /** Removes at most `limit` tokens that had expired before that time; returns how many. */
  purge(before: Date, limit: number): Promise<number>;
}

export interface KnownPlaceReader {
  /** Returns the latest time at which one of these places was seen; null if none is stored. */
  lastSeen(placeHashes: readonly string[]): Promise<Date | null>;
}

export interface KnownPlaceRepository extends KnownPlaceReader {
  /**
   * Stores the place with the time at which it was seen, and removes all but the user's `most` latest ones. Fails with
   * `stale_write` when the user is gone or a concurrent transaction stores the place.
   */
  put(place: KnownPlace, most: number): Promise<void>;
  /** Removes all places of a user. */
  removeAll(userId: UserId): Promise<void>;
  /** Removes at most `limit` places that were last seen before that time; returns how many. */
  purge(before: Date, limit: number): Promise<number>;
}

export interface ApiKeyReader {
  find(id: ApiKeyId): Promise<ApiKey | null>;
  /** Returns the key with this hash, also if it is revoked or has expired. */
  findBySecret(secretHash: string): Promise<ApiKey | null>;
  /** The latest first, revoked and expired ones included. The position's key is as in `UserRepository.list`. */
  list(page: PageRequest): Promise<Page<ApiKey>>;
}

export interface ApiKeyRepository extends ApiKeyReader {
  add(key: ApiKey, secretHash: string): Promise<void>;
  /** Stores the revocation; nothing else changes. Fails with `stale_write` unless the stored version is `key.version - 1`. */
  update(key: ApiKey): Promise<void>;
  /** Stores that the key was used at that time, unless a use is stored that is not before `before`. */
  noteUse(id: ApiKeyId, at: Date, before: Date): Promise<void>;
}

/**
 * Returns the hashes under which a user's network may be stored, that of the current secret first. Without the
 * secret a hash reveals neither user nor network; the hashes of two users differ.
 */
export type HashPlace = (user: UserId | null, address: string) => readonly [string, ...string[]];

/**
 * What other contexts keep of accounts changes with them, in the same transaction. Accounts do not know who follows: the
 * account owns its name and its e-mail address, and a profile, say, shows a copy.
 */
export interface AccountFollower {
  opened(user: User): Promise<void>;
  /** The account's name or e-mail address has changed. */
  changed(user: User): Promise<void>;
}

/** What accounts need of the audit log besides recording events. */
export interface AddressSalts {
  /** Creates the secret of a new user or API key, under which the log hashes their network addresses. */
  create(actor: UserId | ApiKeyId): Promise<void>;
}

/** What queries of accounts read, outside of any transaction. */
export interface AccountsReaders {
  readonly users: UserReader;
  readonly sessions: SessionReader;
  readonly mailTokens: MailTokenReader;
  readonly knownPlaces: KnownPlaceReader;
  readonly apiKeys: ApiKeyReader;
  readonly hashPlace: HashPlace;
  readonly now: Now;
}

/** What a transaction of accounts works with. */
export interface AccountsPorts {
  readonly users: UserRepository;
  readonly sessions: SessionRepository;
  readonly mailTokens: MailTokenRepository;
  readonly knownPlaces: KnownPlaceRepository;
  readonly apiKeys: ApiKeyRepository;
  readonly hashPlace: HashPlace;
  readonly followers: readonly AccountFollower[];
  readonly addressSalts: AddressSalts;
  readonly events: Events<AccountEvent>;
  readonly audit: AuditLog;
  readonly now: Now;
}

/** The caller for whom passwords are hashed. */
export interface HashingCaller {
  /** Network of the caller. Networks take turns with each other; the callers of one network share its turns. */
  readonly network: string;
  /** Called when hashing starts; not called for a request that is refused while it waits. */
  readonly worked: () => void;
}

/** The operator of the shop: the start and the command line, which come from no network. */
export const OPERATOR_HASHING: HashingCaller = { network: 'local', worked: () => undefined };

/** Returns the hasher of one caller. */
export type PasswordHashers = (caller: HashingCaller) => PasswordHasher;

/** Slow, salted hashes of passwords; a call fails with `hashing_busy` (503) when too many wait already. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** False without a hash to compare with, after the same work: an unknown name takes as long as a wrong password. */
  verify(password: string, hash: string | null): Promise<boolean>;
  /** Whether a stored hash was made with other settings than a new one would be. */
  isOutdated(hash: string): boolean;
  /** Returns whether the password is one of the most common ones, ignoring letter case. */
  isCommon(password: string): boolean;
}

/** A public key as a JSON Web Key (RFC 7517): an EC key with `crv`, `x` and `y`, an RSA key with `e` and `n`. */
export interface PublicKey {
  readonly kid: string;
  readonly alg: 'ES256' | 'RS256';
  readonly use: 'sig';
  readonly kty: 'EC' | 'RSA';
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly e?: string;
  readonly n?: string;
}

/** Signed access tokens that identify the user and the session. */
export interface AccessTokens {
  /** Lifetime of an access token in seconds. */
  readonly lifetime: number;
  issue(holder: { readonly userId: UserId; readonly sessionId: SessionId }, at: Date): string;
  /** Null for a token that is not ours, was tampered with or has expired. */
  verify(token: string, at: Date): { readonly userId: UserId; readonly sessionId: SessionId } | null;
  /** All keys that verify them, also the ones that sign no longer. */
  publicKeys(): readonly PublicKey[];
}

/** Random secrets that stand for a right by themselves; only their hashes are stored. */
export interface Secrets {
  mint(): { readonly token: string; readonly hash: string };
  hash(token: string): string;
}

/** The secrets that programs send as API keys; only their hashes are stored. */
export interface ApiKeySecrets {
  /** `prefix` is the beginning of the key that may be shown. */
  mint(): { readonly secret: string; readonly hash: string; readonly prefix: string };
  /** Returns the hash; null for a text that cannot be a key: each has a checksum. */
  hash(text: string): string | null;
}

/** The secrets that are sent by mail. */
export type MailSecrets = Secrets;

/** Secrets that serve as refresh tokens. */
export interface RefreshTokens extends Secrets {
  /** Returns the expiry of a session that began at `createdAt` and was last refreshed at `at`. */
  expiry(createdAt: Date, at: Date): Date;
  /** Seals a successor for a client that sends the token again that was consumed for it. */
  seal(successor: string, consumed: string, at: Date): SealedSuccessor;
  /** Returns the successor while it is stored; null later, and for any token but the one that was consumed for it. */
  reveal(sealed: SealedSuccessor, consumed: string, at: Date): string | null;
}
