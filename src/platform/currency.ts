import { code as iso4217 } from 'currency-codes';
import type { Currency } from '#src/kernel/money.js';

/**
 * Returns the currency of an ISO 4217 code, from the standard's own table: Intl has the decimals in daily use, which differ (HUF,
 * IQD). Null for an unknown code.
 */
export const currencyOf = (code: string): Currency | null => {
  const found = iso4217(code);
  return found?.code === code ? { code, digits: found.digits } : null;
};
