import type { UserId } from '#src/kernel/ids.js';

/** What whoever reads a mail may do with the token in it. */
export type MailPurpose = 'password_reset' | 'email_verification';

/** The right to do one thing once, given to whoever reads the mail to a user's address. Known by the hash of its secret. */
export interface MailToken {
  readonly tokenHash: string;
  readonly userId: UserId;
  readonly purpose: MailPurpose;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

const MINUTE_MS = 60_000;

/** Milliseconds. A password can wait for no mail for long; an address is proved when its owner finds the time. */
const LIFETIMES: Readonly<Record<MailPurpose, number>> = {
  password_reset: 30 * MINUTE_MS,
  email_verification: 3 * 24 * 60 * MINUTE_MS,
};

const issue = (token: Pick<MailToken, 'tokenHash' | 'userId' | 'purpose'>, at: Date): MailToken => ({
  ...token,
  createdAt: at,
  expiresAt: new Date(at.getTime() + LIFETIMES[token.purpose]),
});

const isGood = (token: MailToken | null, purpose: MailPurpose, at: Date): token is MailToken =>
  token?.purpose === purpose && at.getTime() < token.expiresAt.getTime();

/** Whether a mail that was asked for at that time is awaited no more: it would have expired had it gone out at once. */
const isTooLate = (purpose: MailPurpose, askedAt: Date, at: Date): boolean =>
  at.getTime() - askedAt.getTime() >= LIFETIMES[purpose];

export const MailToken = { issue, isGood, isTooLate };
