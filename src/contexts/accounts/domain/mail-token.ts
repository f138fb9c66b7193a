import type { UserId } from '#src/kernel/ids.js';

/** What the token in a mail permits. */
export type MailPurpose = 'password_reset' | 'email_verification';

/** The right to do one thing once, for the reader of a mail to a user's address. The hash of its secret identifies it. */
export interface MailToken {
  readonly tokenHash: string;
  readonly userId: UserId;
  readonly purpose: MailPurpose;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

const MINUTE_MS = 60_000;

/** Milliseconds. A password reset is urgent; an address can be verified when its owner has time. */
const LIFETIMES: Readonly<Record<MailPurpose, number>> = {
  password_reset: 30 * MINUTE_MS,
  email_verification: 3 * 24 * 60 * MINUTE_MS,
};

const issue = (token: Pick<MailToken, 'tokenHash' | 'userId' | 'purpose'>, at: Date): MailToken => ({
  ...token,
  createdAt: at,
  expiresAt: new Date(at.getTime() + LIFETIMES[token.purpose]),
});

const isValid = (token: MailToken | null, purpose: MailPurpose, at: Date): token is MailToken =>
  token?.purpose === purpose && at.getTime() < token.expiresAt.getTime();

/**
 * Returns whether a mail that was requested at that time is too late: its token would have expired if it had been sent at once.
 */
const isTooLate = (purpose: MailPurpose, askedAt: Date, at: Date): boolean =>
  at.getTime() - askedAt.getTime() >= LIFETIMES[purpose];

export const MailToken = { issue, isValid, isTooLate };
