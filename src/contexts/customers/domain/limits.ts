/** Maximum number of addresses in one address book. */
export const MAX_ADDRESSES = 50;
