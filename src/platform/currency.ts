import { code as iso4217 } from 'currency-codes';
import type { Currency } from '#src/kernel/money.js';

/**
 * The currency of an ISO 4217 code, from that standard's own table: Intl's decimals are those in use, which differ (HUF,
 * IQD). Null for a code that is not in it.
 */
export const currencyOf = (code: string): Currency | null => {
  const found = iso4217(code);
  return found?.code === code ? { code, digits: found.digits } : null;
};
