import type { Role } from '../../../kernel/actor.js';
import type { UserId } from '../../../kernel/ids.js';

export interface User {
  readonly id: UserId;
  readonly name: string;
  /** As it was given, trimmed; compared by its `emailKey`. */
  readonly email: string;
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
  readonly email: string;
  readonly username?: string | undefined;
  readonly passwordHash: string | null;
  readonly role?: Role;
}

const create = ({ id, name, email, username, passwordHash, role = 'customer' }: NewUser, at: Date): User => ({
  id,
  name,
  email: email.trim().normalize('NFC'),
  username: username?.toLowerCase() ?? null,
  passwordHash,
  emailVerifiedAt: null,
  role,
  disabled: false,
  version: 1,
  createdAt: at,
  updatedAt: at,
});

/** Two addresses are one account's when their keys are equal: neither letter case nor Unicode form makes another. */
const emailKey = (email: string): string => email.trim().normalize('NFC').toLowerCase().normalize('NFC');

/** Another address is one that nobody has proved yet. */
const change = (
  user: User,
  changes: Partial<Pick<User, 'name' | 'email' | 'username' | 'passwordHash' | 'role' | 'disabled'>>,
  at: Date,
): User => {
  const { email, username, ...rest } = changes;
  return {
    ...user,
    ...rest,
    ...(email !== undefined && { email: email.trim().normalize('NFC') }),
    ...(email !== undefined && emailKey(email) !== emailKey(user.email) && { emailVerifiedAt: null }),
    ...(username !== undefined && { username: username?.toLowerCase() ?? null }),
    updatedAt: at,
  };
};

/** Somebody has shown that they read the mail to the address; when it was first shown counts. */
const verifyEmail = (user: User, at: Date): User => ({
  ...user,
  emailVerifiedAt: user.emailVerifiedAt ?? at,
});

const isActiveAdmin = ({ role, disabled }: User): boolean => role === 'admin' && !disabled;

export const User = { create, change, verifyEmail, emailKey, isActiveAdmin };
