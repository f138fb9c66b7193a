import { iso31661 } from 'iso-3166/1.js';
import { iso31661Reserved } from 'iso-3166/1-reserved.js';

/** A country or territory as ISO 3166-1 names it. */
export interface Country {
  /** Alpha-2, in upper case. */
  readonly code: string;
  readonly name: string;
}

/** Kosovo has no code of the standard; carriers use this one, which the standard leaves to its users. */
const KOSOVO = { alpha2: 'XK', alpha3: 'XKX', name: 'Kosovo' };

const ASSIGNED = [...iso31661, KOSOVO].map(({ alpha2, alpha3, name }) => ({ code: alpha2, alpha3, name }));
const CODES = new Set(ASSIGNED.map(({ code }) => code));
/** Names of the codes that the standard has reserved or withdrawn: `UK` for the United Kingdom. */
const RESERVED = new Map(iso31661Reserved.map(({ alpha2, name }) => [alpha2, name]));

/** Returns the alpha-2 code of ISO 3166-1 in upper case; null for a text that is no code in any letter case. */
export const countryCode = (text: string): string | null => {
  if (!/^[A-Za-z]{2}$/.test(text)) return null; // other letters have capitals that are ASCII
  const code = text.toUpperCase();
  return CODES.has(code) ? code : null;
};

/** Compares the part of a name before its qualifier: the standard writes `Iran, Islamic Republic of`. */
const isNamed = (name: string, wanted: string): boolean =>
  name === wanted || name.startsWith(`${wanted},`) || name.startsWith(`${wanted} of `);

/** Returns the countries that a text without a valid code may mean: by alpha-3 code, English name or reserved code. */
export const countriesMeant = (text: string): readonly Country[] => {
  const wanted = (RESERVED.get(text.toUpperCase()) ?? text).trim().toLowerCase();
  return ASSIGNED.filter(
    ({ alpha3, name }) => alpha3.toLowerCase() === wanted || isNamed(name.toLowerCase(), wanted),
  ).map(({ code, name }) => ({ code, name }));
};
