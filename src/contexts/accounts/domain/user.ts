import type { Role } from '#src/kernel/actor.js';
import type { EmailAddress, EmailKey } from '#src/kernel/email-address.js';
import type { UserId } from '#src/kernel/ids.js';

export interface User {
  readonly id: UserId;
  readonly name: string;
  /** The text of an `EmailAddress`. */
  readonly email: string;
  /** By which the address is unique. The user's own id where it was stored beside another user's with the same key. */
  readonly emailKey: EmailKey;
  /** 3 to 30 of `a-z 0-9 . _ -`, in lower case; null when the user has none. */
  readonly username: string | null;
  /** Null for an account that cannot log in yet: its password is set by a reset. */
  readonly passwordHash: string | null;
  /** When somebody has shown that they read the mail to `email`; null as long as nobody has. */
  readonly emailVerifiedAt: Date | null;
  readonly role: Role;
  readonly disabled: boolean;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface NewUser {
  readonly id: UserId;
  readonly name: string;
  readonly email: EmailAddress;
  readonly username?: string | undefined;
  readonly passwordHash: string | null;
  readonly role?: Role;
}

const create = ({ id, name, email, username, passwordHash, role = 'customer' }: NewUser, at: Date): User => ({
  id,
  name,
  email: email.text,
  emailKey: email.key,
  username: username?.toLowerCase() ?? null,
  passwordHash,
  emailVerifiedAt: null,
  role,
  disabled: false,
  version: 1,
  createdAt: at,
  updatedAt: at,
});

type UserChange = Partial<Pick<User, 'name' | 'username' | 'passwordHash' | 'role' | 'disabled'>> & {
  readonly email?: EmailAddress;
};

/** Another address is one that nobody has proved yet. */
const change = (user: User, changes: UserChange, at: Date): User => {
  const { email, username, ...rest } = changes;
  return {
    ...user,
    ...rest,
    ...(email !== undefined && { email: email.text, emailKey: email.key }),
    ...(email !== undefined && email.key !== user.emailKey && { emailVerifiedAt: null }),
    ...(username !== undefined && { username: username?.toLowerCase() ?? null }),
    version: user.version + 1,
    updatedAt: at,
  };
};

/** Somebody has shown that they read the mail to the address; when it was first shown counts. */
const verifyEmail = (user: User, at: Date): User => ({
  ...user,
  emailVerifiedAt: user.emailVerifiedAt ?? at,
  version: user.version + 1,
});

/** Sets the password of a user who has read the mail to the address. */
const resetPassword = (user: User, passwordHash: string, at: Date): User => ({
  ...change(user, { passwordHash }, at),
  emailVerifiedAt: user.emailVerifiedAt ?? at,
});

/** Replaces the hash by another one of the same password. */
const renewHash = (user: User, passwordHash: string): User => ({
  ...user,
  passwordHash,
  version: user.version + 1,
});

/** The last version, of an account that is erased: of the event alone, for the row is removed. */
const erase = (user: User, at: Date): User => ({ ...user, version: user.version + 1, updatedAt: at });

const isActiveAdmin = ({ role, disabled }: User): boolean => role === 'admin' && !disabled;

export const User = { create, change, verifyEmail, resetPassword, renewHash, erase, isActiveAdmin };
