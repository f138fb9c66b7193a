import { Money, type Currency } from '#src/kernel/money.js';
import { integer, string, type Schema } from '#src/platform/schema/schema.js';

/** Amounts between processes: minor units, in the currency of the same object. */
export const minorUnits = (): Schema<number, 'required'> => integer({ min: 0 });

export const currencyCode = (): Schema<string, 'required'> =>
  string({ pattern: [/^[A-Z]{3}$/, 'must be 3 capital letters'] });

/** Returns a function that makes money of minor units. Throws if another process of the shop is configured with another currency. */
export const moneyIn = (code: string, shop: Currency): ((minor: number) => Money) => {
  if (code !== shop.code)
    throw new Error(`the catalogue is in ${code}, but this process of the shop is in ${shop.code}`);
  return (minor) => Money.of(minor, shop);
};
