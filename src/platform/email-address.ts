import { toASCII, toUnicode } from 'tr46';
import type { EmailAddress, EmailKey } from '#src/kernel/email-address.js';

// An address is LOCAL@DOMAIN. The local part holds what RFC 5321 allows without quotes, and letters, marks and digits of any
// script as PRECIS allows them in user names (RFC 8264 §4.2, RFC 8265 §3.3): none that is invisible, unassigned or only another
// form of another one. The domain is an internationalised domain name (UTS 46, with the letters of IDNA2008).

/** Octets of an address on the wire (RFC 5321 §4.5.3.1), and so the most that its characters can be. */
export const MAX_ADDRESS = 254;
const MAX_LOCAL = 64;

const LOCAL = /^[\w!#$%&'*+/=?^`{|}~.\p{L}\p{M}\p{Nd}-]+$/u;
/** Refused by name (RFC 5892 §2.6), or as the parts of which Hangul syllables of old were made. */
// eslint-disable-next-line no-misleading-character-class -- each of them is meant by itself
const REFUSED = /[\u0640\u07FA\u302E\u302F\u3031-\u3035\u303B\u1100-\u11FF\uA960-\uA97C\uD7B0-\uD7FB]/;
const LOCAL_DOTS = /^\.|\.\.|\.$/;

/** Zero-width joiners are letters' business in some scripts: where they may stand, UTS 46 says. */
const INVISIBLE = /(?![\u200C\u200D])[\p{Default_Ignorable_Code_Point}\p{C}\p{Z}]/u;
/** Other dots than `.`, which UTS 46 would read as one. */
const OTHER_DOT = /[\u3002\uFF0E\uFF61]/;
/** After mapping: letters, marks and digits, and what IDNA2008 allows beside them in some contexts. */
const DOMAIN = /^[\p{L}\p{M}\p{Nd}.\u002D\u00B7\u0375\u05F3\u05F4\u30FB\u200C\u200D]+$/u;
const ASCII = /^[\0-\x7F]*$/;
/** At least two labels, none of which begins or ends with a hyphen; the last is no number, or it would be an IP address. */
const HOST_NAME = /^(?:(?!-)[a-z0-9-]+(?<!-)\.)+(?!\d+$)(?!-)[a-z0-9-]+(?<!-)$/;

const IDNA = { checkBidi: true, checkJoiners: true, useSTD3ASCIIRules: true };

const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const OTHER_LETTER =
  /(?![\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}])\p{L}/u;

/** Shown from one side to the other it would not be read as it is written. */
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

/** The domain as it is asked of name servers, in lower case; null for a text that is no domain. */
const wireDomain = (domain: string): string | null => {
  if (INVISIBLE.test(domain) || OTHER_DOT.test(domain)) return null;
  const ascii = toASCII(domain, { ...IDNA, verifyDNSLength: true });
  return ascii !== null && HOST_NAME.test(ascii) && DOMAIN.test(toUnicode(ascii, IDNA).domain) ? ascii : null;
};

/** As people write it. A domain of ASCII stays as it was given, letter case included. */
const shownDomain = (domain: string, ascii: string): string =>
  ASCII.test(domain) && !ascii.includes('xn--') ? domain : toUnicode(ascii, IDNA).domain;

interface Parts {
  readonly local: string;
  readonly domain: string;
  /** The domain in ASCII. */
  readonly ascii: string;
}

/** Such a text is none, and is not worked on. */
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

/** The address in a text; null when mail can't be sent to it. */
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
 * The address in a text that was stored before addresses were checked as they are now: what nobody can see, and a dot at its end,
 * is left out. Null when mail can't be sent to what is left.
 */
export const mendEmailAddress = (stored: string): EmailAddress | null =>
  parseEmailAddress(stored.replace(/[\p{Default_Ignorable_Code_Point}\p{Cc}]/gu, '').replace(/\.$/, ''));

/** Like `parseEmailAddress`, for those who run the shop: throws instead. */
export const requireEmailAddress = (given: string): EmailAddress => {
  const address = parseEmailAddress(given);
  if (address === null) throw new Error(`${given} is no e-mail address that mail can be sent to`);
  return address;
};

/** A text in which somebody looks for domains, such as a search: those in ASCII (`xn--`) as they are shown. */
export const withShownDomains = (text: string): string =>
  text
    .split(/([\s@]+)/)
    .map((word) => {
      if (!word.toLowerCase().includes('xn--')) return word;
      const { domain, error } = toUnicode(word, IDNA);
      return error ? word : domain;
    })
    .join('');

/** The first character that no address holds, as `U+200B`, to tell somebody who can't see it; null without one. */
export const oddCharacterIn = (given: string): string | null => {
  if (isTooLong(given)) return null;
  const odd = Array.from(given.trim()).find(
    (character) => INVISIBLE.test(character) || character.normalize('NFKC') !== character.normalize('NFC'),
  );
  return odd === undefined
    ? null
    : `U+${(odd.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
};
