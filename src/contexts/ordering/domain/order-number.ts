import type { Brand } from '#src/kernel/brand.js';
import type { OrderId } from '#src/kernel/ids.js';

/** What people call an order: two groups of four characters, `7KQ4-XM2P`. */
export type OrderNumber = Brand<string, 'OrderNumber'>;

/** Crockford's base 32: no I, L and O, which look like 1 and 0, and no U, so that fewer words arise. */
const CHARACTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const NUMBER = /^[0-9A-HJKMNP-TV-Z]{8}$/;
const LENGTH = 8;
const GROUP = LENGTH / 2;

export const MAX_NUMBER = LENGTH + 1;

/** Forty bits are eight characters. */
const HEX_DIGITS = (LENGTH * 5) / 4;
/** The digits of a UUIDv7 behind its variant. */
const RANDOM_DIGITS = 15;
const CHOICES = RANDOM_DIGITS - HEX_DIGITS + 1;

const grouped = (characters: string): OrderNumber =>
  `${characters.slice(0, GROUP)}-${characters.slice(GROUP)}` as OrderNumber;

/**
 * Makes the number of an order from random bits of its id, so that orders get different ones without waiting for each other.
 * Another attempt, after the number was taken, uses other bits.
 */
const of = (id: OrderId, attempt = 0): OrderNumber => {
  const digits = id.replaceAll('-', '').slice(-RANDOM_DIGITS);
  const end = digits.length - (attempt % CHOICES);
  const bits = BigInt(`0x${digits.slice(end - HEX_DIGITS, end)}`);
  const characters = Array.from(
    { length: LENGTH },
    (_, at) => CHARACTERS[Number((bits >> BigInt(5 * (LENGTH - 1 - at))) & 31n)],
  );
  return grouped(characters.join(''));
};

/** Reads a number as people write it: in any letter case, with O for 0, with I or L for 1, with or without the hyphen. */
const parse = (text: string): OrderNumber | null => {
  const characters = text.replace(/[\s-]/g, '').toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1');
  return NUMBER.test(characters) ? grouped(characters) : null;
};

export const OrderNumber = { of, parse };
