import type { Effort, Limit } from '#src/platform/http/routes/route.js';

const QUARTER = 15 * 60;
const HOUR = 60 * 60;

// Many people may share an address, so the limit of one person counts by account and address together. An account from
// everywhere has far more room: with a tight limit there, any client could lock its user out.

/**
 * Limits password hashes, of right passwords too: 600 keep one thread busy for two to three minutes of the fifteen. An
 * office of some hundred people can log in and change passwords behind one address; a person needs far less than 60.
 */
export const HASHES: Effort = {
  name: 'hashes',
  perAddress: { most: 600, seconds: QUARTER },
  perAccount: { most: 60, seconds: QUARTER },
};

export const LOG_IN_LIMIT: Limit = {
  name: 'login',
  counts: 'refusals',
  perAddress: { most: 50, seconds: QUARTER },
  perAccount: { here: { most: 10, seconds: QUARTER }, anywhere: { most: 100, seconds: HOUR } },
};

/** From everywhere far more than one network may try: otherwise others keep an address from signing up by trying it with bad passwords. */
export const SIGN_UP_LIMIT: Limit = {
  name: 'signup',
  counts: 'attempts',
  perAddress: { most: 60, seconds: HOUR },
  perAccount: { here: { most: 10, seconds: HOUR }, anywhere: { most: 600, seconds: HOUR } },
};

/** Its account is the token's: nothing else is known of a token that is wrong. */
export const REFRESH_LIMIT: Limit = {
  name: 'refresh',
  counts: 'refusals',
  perAddress: { most: 100, seconds: QUARTER },
  perAccount: { here: { most: 10, seconds: QUARTER }, anywhere: { most: 20, seconds: QUARTER } },
};

/** Checks of the password of a logged-in user: their token may be stolen. */
export const PASSWORD_LIMIT: Limit = {
  name: 'password',
  counts: 'refusals',
  perAddress: { most: 50, seconds: QUARTER },
  perAccount: { here: { most: 10, seconds: QUARTER }, anywhere: { most: 30, seconds: HOUR } },
};

/** Each attempt may send a mail to a person who has not requested it. */
export const MAIL_LIMIT: Limit = {
  name: 'mail',
  counts: 'attempts',
  perAddress: { most: 60, seconds: HOUR },
  perAccount: { here: { most: 5, seconds: HOUR }, anywhere: { most: 20, seconds: HOUR } },
};

/** Its account is the token's, as it is where sessions are refreshed. */
export const MAIL_TOKEN_LIMIT: Limit = {
  name: 'mail-token',
  counts: 'refusals',
  perAddress: { most: 50, seconds: QUARTER },
  perAccount: { here: { most: 10, seconds: QUARTER }, anywhere: { most: 20, seconds: QUARTER } },
};
