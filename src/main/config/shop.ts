import { isCommonPassword } from '#src/contexts/accounts/module.js';
import type { EmailAddress } from '#src/kernel/email-address.js';
import type { Currency } from '#src/kernel/money.js';
import { currencyOf } from '#src/platform/currency.js';
import { requireEmailAddress } from '#src/platform/email-address.js';
import { string, type ValuesOf } from '#src/platform/schema/schema.js';
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
    purpose:
      'The one currency of the shop. It is stored when the database is made and can not be changed later.',
  }),
  ADMIN_EMAIL: variable(emailAddress.optional(), {
    right: 'an e-mail address',
    purpose: 'Makes the first administrator, with ADMIN_PASSWORD, when the shop has none.',
    unset: 'on the embedded database one is made with a random password; elsewhere none',
  }),
  ADMIN_PASSWORD: variable(uncommonPassword.optional(), {
    right: 'a password of 8 to 128 characters, and none of the most common ones',
    purpose: "The first administrator's password. A secret.",
    unset: 'see ADMIN_EMAIL',
  }),
};

type Values = ValuesOf<typeof shopVariables>;

export interface ShopConfig {
  readonly currency: Currency;
  /** The first administrator of a shop that has none. */
  readonly administrator: { readonly email: EmailAddress; readonly password: string } | null;
}

/**
 * Reads the variables about the shop. `given` are the names of all variables that are set, including those with invalid values.
 */
export const shopConfig = (
  { SHOP_CURRENCY, ADMIN_EMAIL: email, ADMIN_PASSWORD: password }: Values,
  given: ReadonlySet<string>,
  complain: Complain<keyof Values>,
): ShopConfig => {
  if (email !== undefined && !given.has('ADMIN_PASSWORD'))
    complain('ADMIN_PASSWORD', 'must go with ADMIN_EMAIL');
  if (password !== undefined && !given.has('ADMIN_EMAIL'))
    complain('ADMIN_EMAIL', 'must go with ADMIN_PASSWORD');
  const administrator = email === undefined || password === undefined ? null : { email, password };
  return { currency: SHOP_CURRENCY, administrator };
};
