/** An ISO 4217 currency: its alphabetic code and how many decimals its major unit has (USD 2, JPY 0, KWD 3). */
export interface Currency {
  readonly code: string;
  readonly digits: number;
}

/** An exact amount: a whole number of minor units (cents, yen, fils), never a float of major ones. */
export interface Money {
  readonly minor: number;
  readonly currency: Currency;
}

const exact = (minor: number): number => {
  if (!Number.isSafeInteger(minor))
    throw new RangeError(`not an exact amount of minor units: ${String(minor)}`);
  return minor;
};

const sameCurrency = (a: Money, b: Money): void => {
  if (a.currency.code !== b.currency.code)
    throw new TypeError(`${a.currency.code} and ${b.currency.code} do not add up`);
};

/** Throws a RangeError if `minor` is not a safe integer: such an amount is a bug, not bad input. */
const of = (minor: number, currency: Currency): Money => ({ minor: exact(minor), currency });

const add = (a: Money, b: Money): Money => {
  sameCurrency(a, b);
  return of(a.minor + b.minor, a.currency);
};

const times = (amount: Money, quantity: number): Money => of(amount.minor * quantity, amount.currency);

const sum = (amounts: readonly Money[], currency: Currency): Money => amounts.reduce(add, of(0, currency));

const equals = (a: Money, b: Money): boolean => a.minor === b.minor && a.currency.code === b.currency.code;

/** Returns the amount in major units as its shortest decimal, `19.99`: for JSON and people, never for sums. */
const toMajor = ({ minor, currency }: Money): number =>
  Number(`${String(minor)}e-${String(currency.digits)}`);

/**
 * Returns the exact amount of a number of major units; `null` if it has more decimals than the currency. It reads the shortest
 * decimal that represents the number, so `19.99` is 1999 cents although no float is exactly 19.99.
 */
const fromMajor = (major: number, currency: Currency): Money | null => {
  const minor = Number(`${String(major)}e${String(currency.digits)}`);
  return Number.isSafeInteger(minor) && toMajor({ minor, currency }) === major ? { minor, currency } : null;
};

export const Money = { of, add, times, sum, equals, toMajor, fromMajor };
