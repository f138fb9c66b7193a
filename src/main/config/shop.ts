import { isCommonPassword } from '#src/contexts/accounts/module.js';
import type { EmailAddress } from '#src/kernel/email-address.js';
import type { Currency } from '#src/kernel/money.js';
import { currencyOf } from '#src/platform/currency.js';
import { requireEmailAddress } from '#src/platform/email-address.js';
import { integer, string, type ValuesOf } from '#src/platform/schema/schema.js';
import { parsed, variable, type Complain } from './variable.js';

const requireCurrency = (code: string): Currency => {
  const found = currencyOf(code);
  if (found === null) throw new Error('unknown currency');
  return found;
};

const currency = parsed(requireCurrency);

const emailAddress = parsed(requireEmailAddress);

const uncommonPassword = string({ min: 8, max: 128 }).convert(
  (password) => (isCommonPassword(password) ? null : password),
  'must not be common',
);

/** Variables about the shop itself. */
export const shopVariables = {
  SHOP_CURRENCY: variable(currency.default(requireCurrency('USD')), {
    right: 'an ISO 4217 code such as USD',
    purpose: 'Currency of the shop. It is stored when the database is created and cannot be changed later.',
  }),
  ADMIN_EMAIL: variable(emailAddress.optional(), {
    right: 'an e-mail address',
    purpose:
      'E-mail address of the first administrator, whom the start creates if the shop has none. Requires ADMIN_PASSWORD.',
    unset: 'on the embedded database an administrator with a random password; elsewhere none',
  }),
  ADMIN_PASSWORD: variable(uncommonPassword.optional(), {
    right: 'a password of 8 to 128 characters that is not one of the most common',
    purpose: 'Password of the first administrator. A secret.',
    unset: 'see ADMIN_EMAIL',
  }),
  CATALOG_MAX_STALE_MS: variable(integer({ min: 0, max: 60_000 }).default(250), {
    right: 'milliseconds, a whole number from 0 to 60000 (0: every request reads the database)',
    purpose:
      'How long a change of the catalogue or of its stock may remain unseen by reads through other processes than the ' +
      'one that made it. Until then they may answer from memory. Orders never do.',
  }),
  CATALOG_CACHE_MB: variable(integer({ min: 1, max: 4096 }).default(16), {
    right: 'MiB, a whole number from 1 to 4096',
    purpose: 'Maximum size of the responses of the catalogue that a process keeps in memory.',
  }),
};

type Values = ValuesOf<typeof shopVariables>;

export interface ShopConfig {
  readonly currency: Currency;
  /** The first administrator of a shop that has none. Null in a process without accounts. */
  readonly administrator: { readonly email: EmailAddress; readonly password: string } | null;
  /** Whether a shop that has none, and names none, gets one with a random password. */
  readonly generatesAdministrator: boolean;
  readonly catalogCache: { readonly maxStaleMs: number; readonly maxBytes: number };
}

/**
 * Reads the variables about the shop. `given` are the names of all variables that are set, including those with invalid values. A
 * process without accounts creates no administrator.
 */
export const shopConfig = (
  { SHOP_CURRENCY, ADMIN_EMAIL: email, ADMIN_PASSWORD: password, ...values }: Values,
  {
    given,
    holdsAccounts,
    embedded,
  }: { readonly given: ReadonlySet<string>; readonly holdsAccounts: boolean; readonly embedded: boolean },
  complain: Complain<keyof Values>,
): ShopConfig => {
  if (holdsAccounts && email !== undefined && !given.has('ADMIN_PASSWORD'))
    complain('ADMIN_PASSWORD', 'is required when ADMIN_EMAIL is set');
  if (holdsAccounts && password !== undefined && !given.has('ADMIN_EMAIL'))
    complain('ADMIN_EMAIL', 'is required when ADMIN_PASSWORD is set');
  const isComplete = email !== undefined && password !== undefined;
  const administrator = holdsAccounts && isComplete ? { email, password } : null;
  const catalogCache = {
    maxStaleMs: values.CATALOG_MAX_STALE_MS,
    maxBytes: values.CATALOG_CACHE_MB * 1024 * 1024,
  };
  const generatesAdministrator = holdsAccounts && embedded;
  return { currency: SHOP_CURRENCY, administrator, generatesAdministrator, catalogCache };
};
