import { crc32 } from 'node:zlib';

// The form of an API key: `pk_`, 256 random bits in base 62, and a CRC-32 of both, by which scanners of source code and the shop
// recognise a key without asking a database. Letters and digits only: a double click selects the whole key.

const PREFIX = 'pk_';
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Digits of 256 bits, and of the 32 of a checksum. */
const [RANDOM_DIGITS, CHECKSUM_DIGITS] = [43, 6];
/** Digits of a key that are stored and shown, with `PREFIX`. */
const SHOWN_DIGITS = 6;

const KEY = new RegExp(
  `^(?<random>${PREFIX}[0-9A-Za-z]{${String(RANDOM_DIGITS)}})(?<checksum>[0-9A-Za-z]{${String(CHECKSUM_DIGITS)}})$`,
);

const base62 = (value: bigint, length: number): string => {
  let [text, rest] = ['', value];
  for (let at = 0; at < length; at += 1) {
    text = (DIGITS[Number(rest % 62n)] ?? '') + text;
    rest /= 62n;
  }
  return text;
};

const checksumOf = (text: string): string => base62(BigInt(crc32(text)), CHECKSUM_DIGITS);

/** Returns the key of 256 random bits. */
export const apiKeyOf = (bits: Buffer): string => {
  const random = `${PREFIX}${base62(BigInt(`0x${bits.toString('hex')}`), RANDOM_DIGITS)}`;
  return `${random}${checksumOf(random)}`;
};

/** Returns whether a text has the form of a key, with the right checksum. It says nothing about whether there is such a key. */
export const isApiKey = (text: string): boolean => {
  const { random, checksum } = KEY.exec(text)?.groups ?? {};
  return random !== undefined && checksum === checksumOf(random);
};

/** Returns the beginning of a key, which may be shown. */
export const shownPartOf = (key: string): string => key.slice(0, PREFIX.length + SHOWN_DIGITS);
