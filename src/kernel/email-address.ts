import type { Brand } from './brand.js';

/** By which addresses are told apart: two addresses are one account's when their keys are equal. */
export type EmailKey = Brand<string, 'EmailKey'>;

/** An address that mail can be sent to. Reading one is the platform's: it takes the tables of Unicode and of domain names. */
export interface EmailAddress {
  /** As it was given, without blanks around it, in NFC, and with its domain in Unicode. */
  readonly text: string;
  readonly key: EmailKey;
}
