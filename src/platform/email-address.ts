import type * as uts46 from 'tr46';
import { onDemand } from './lazily.js';

/** Its tables are large. */
const tr46 = onDemand<typeof uts46>('tr46');
import type { EmailAddress, EmailKey } from '#src/kernel/email-address.js';

// An address is LOCAL@DOMAIN. The local part consists of what RFC 5321 allows without quotes, and of letters, marks and digits of
// any script as PRECIS allows them in user names (RFC 8264 §4.2, RFC 8265 §3.3): none that is invisible, unassigned or only
// another form of another one. The domain is an internationalised domain name (UTS 46, with the letters of IDNA2008).

/** Maximum length of an address in octets (RFC 5321 §4.5.3.1), and so also in characters. */
export const MAX_ADDRESS = 254;
const MAX_LOCAL = 64;

const LOCAL = /^[\w!#$%&'*+/=?^`{|}~.\p{L}\p{M}\p{Nd}-]+$/u;
/** Refused by name (RFC 5892 §2.6), or as the parts of historical Hangul syllables. */
// eslint-disable-next-line no-misleading-character-class -- each of them is meant by itself
const REFUSED = /[\u0640\u07FA\u302E\u302F\u3031-\u3035\u303B\u1100-\u11FF\uA960-\uA97C\uD7B0-\uD7FB]/;
const LOCAL_DOTS = /^\.|\.\.|\.$/;

/** Without the zero-width joiners, which some scripts need: UTS 46 determines where they may be. */
const INVISIBLE = /(?![\u200C\u200D])[\p{Default_Ignorable_Code_Point}\p{C}\p{Z}]/u;
/** Dots other than `.`, which UTS 46 would map to it. */
const OTHER_DOT = /[\u3002\uFF0E\uFF61]/;
/** After mapping: letters, marks and digits, and what IDNA2008 also allows in some contexts. */
const DOMAIN = /^[\p{L}\p{M}\p{Nd}.\u002D\u00B7\u0375\u05F3\u05F4\u30FB\u200C\u200D]+$/u;
const ASCII = /^[\0-\x7F]*$/;
/** At least two labels, none of which begins or ends with a hyphen; the last is not a number, which would be an IP address. */
const HOST_NAME = /^(?:(?!-)[a-z0-9-]+(?<!-)\.)+(?!\d+$)(?!-)[a-z0-9-]+(?<!-)$/;

const IDNA = { checkBidi: true, checkJoiners: true, useSTD3ASCIIRules: true };

const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const OTHER_LETTER =
  /(?![\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}])\p{L}/u;

/** Returns whether a reader would read it in another order than it is written. */
const mixesDirections = (local: string): boolean => RIGHT_TO_LEFT.test(local) && OTHER_LETTER.test(local);

const isLocal = (local: string): boolean =>
  local !== '' &&
  Buffer.byteLength(local) <= MAX_LOCAL &&
  !LOCAL_DOTS.test(local) &&
  LOCAL.test(local) &&
  !REFUSED.test(local) &&
  local.normalize('NFKC') === local &&
  !INVISIBLE.test(local) &&
  !mixesDirections(local);

/** Returns the domain as name servers know it, in lower case; null for an invalid domain. */
const wireDomain = (domain: string): string | null => {
  if (INVISIBLE.test(domain) || OTHER_DOT.test(domain)) return null;
  const ascii = tr46().toASCII(domain, { ...IDNA, verifyDNSLength: true });
  return ascii !== null && HOST_NAME.test(ascii) && DOMAIN.test(tr46().toUnicode(ascii, IDNA).domain)
    ? ascii
    : null;
};

/** Returns the domain as people write it. A domain of ASCII stays as given, including its letter case. */
const shownDomain = (domain: string, ascii: string): string =>
  ASCII.test(domain) && !ascii.includes('xn--') ? domain : tr46().toUnicode(ascii, IDNA).domain;

interface Parts {
  readonly local: string;
  readonly domain: string;
  /** The domain in ASCII. */
  readonly ascii: string;
}

/** Returns whether a text is too long for an address, so that it is not parsed. */
const isTooLong = (given: string): boolean => given.length > 4 * MAX_ADDRESS;

const parts = (given: string): Parts | null => {
  if (isTooLong(given)) return null;
  const text = given.trim().normalize('NFC');
  const at = text.lastIndexOf('@');
  const [local, domain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  if (at < 1 || !isLocal(local)) return null;
  const ascii = wireDomain(domain);
  if (ascii === null || Buffer.byteLength(`${local}@${ascii}`) > MAX_ADDRESS) return null;
  return { local, domain, ascii };
};

/** Returns the address of a text; null if mail can't be sent to it. */
export const parseEmailAddress = (given: string): EmailAddress | null => {
  const found = parts(given);
  if (found === null) return null;
  const { local, domain, ascii } = found;
  return {
    text: `${local}@${shownDomain(domain, ascii)}`,
    key: `${local.toLowerCase().normalize('NFC')}@${ascii}` as EmailKey,
  };
};

/**
 * Returns the address of a text that was stored under earlier rules, without invisible characters and a dot at its end. Null if
 * mail can't be sent to what is left.
 */
export const repairEmailAddress = (stored: string): EmailAddress | null =>
  parseEmailAddress(stored.replace(/[\p{Default_Ignorable_Code_Point}\p{Cc}]/gu, '').replace(/\.$/, ''));

/** Like `parseEmailAddress`, for operators: throws instead. */
export const requireEmailAddress = (given: string): EmailAddress => {
  const address = parseEmailAddress(given);
  if (address === null) throw new Error(`${given} is no e-mail address that mail can be sent to`);
  return address;
};

/** Returns a search text with its ASCII domains (`xn--`) as they are shown. */
export const withShownDomains = (text: string): string =>
  text
    .split(/([\s@]+)/)
    .map((word) => {
      if (!word.toLowerCase().includes('xn--')) return word;
      const { domain, error } = tr46().toUnicode(word, IDNA);
      return error ? word : domain;
    })
    .join('');

/** Returns the first character that no address contains, as `U+200B`, for a person who can't see it; null if there is none. */
export const oddCharacterIn = (given: string): string | null => {
  if (isTooLong(given)) return null;
  const odd = Array.from(given.trim()).find(
    (character) => INVISIBLE.test(character) || character.normalize('NFKC') !== character.normalize('NFC'),
  );
  return odd === undefined
    ? null
    : `U+${(odd.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
};
