/** An address that goods are sent to: in the address book, in an order, and in an export of either. */
export interface PostalAddress {
  /** Recipient, if it is not the customer. */
  readonly name: string | null;
  readonly line1: string;
  readonly line2: string | null;
  readonly city: string;
  /** State, province or county. */
  readonly region: string | null;
  readonly postalCode: string | null;
  /** ISO 3166-1 alpha-2, in upper case. */
  readonly country: string;
  readonly phone: string | null;
}
