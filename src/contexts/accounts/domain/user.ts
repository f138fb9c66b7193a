import type { Role } from '#src/kernel/actor.js';
import type { EmailAddress, EmailKey } from '#src/kernel/email-address.js';
import type { UserId } from '#src/kernel/ids.js';

export interface User {
  readonly id: UserId;
  readonly name: string;
  /** The text of an `EmailAddress`. */
  readonly email: string;
  /** The key that makes the address unique. It is the user's own id if another user's row had the same key. */
  readonly emailKey: EmailKey;
  /** 3 to 30 of `a-z 0-9 . _ -`, in lower case; null when the user has none. */
  readonly username: string | null;
  /** Null for an account that cannot log in yet: a reset sets its password. */
  readonly passwordHash: string | null;
  /** When `email` was verified; null if it is not. */
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

/** Applies changes. A new address is not yet verified. */
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

/** Marks the address as verified; the first verification counts. */
const verifyEmail = (user: User, at: Date): User => ({
  ...user,
  emailVerifiedAt: user.emailVerifiedAt ?? at,
  version: user.version + 1,
});

/** Sets the password of a user who has received the mail to the address. */
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

/** Returns the last version of an account that is erased: for the event alone, since the row is removed. */
const erase = (user: User, at: Date): User => ({ ...user, version: user.version + 1, updatedAt: at });

const isActiveAdmin = ({ role, disabled }: User): boolean => role === 'admin' && !disabled;

export const User = { create, change, verifyEmail, resetPassword, renewHash, erase, isActiveAdmin };
