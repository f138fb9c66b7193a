import type { Brand } from './brand.js';

/** Identity of an address: two addresses belong to one account if their keys are equal. */
export type EmailKey = Brand<string, 'EmailKey'>;

/**
 * An address that mail can be sent to. The platform parses addresses, because that takes the tables of Unicode and of domain
 * names.
 */
export interface EmailAddress {
  /** The address as given, without surrounding blanks, in NFC, and with its domain in Unicode. */
  readonly text: string;
  readonly key: EmailKey;
}
