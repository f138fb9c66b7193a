import { parseSigningKeys } from '#src/contexts/accounts/module.js';
import { integer, string, type ValuesOf } from '#src/platform/schema/schema.js';
import { DAY, faultOf, variable, type Complain } from './variable.js';

/** Variables about authentication and sessions. */
export const sessionVariables = {
  JWT_PRIVATE_KEY: variable(string().optional(), {
    right:
      'one or several PKCS#8 PEM private keys, RSA of at least 2048 bits or EC P-256 (\\n may replace line breaks)',
    purpose:
      'Keys of access tokens: the first signs, all verify. Required unless the database is embedded; of services only ' +
      'by the user service. A secret.',
    unset:
      'a key that the first start generates and stores next to the embedded database; with `memory:` it is kept in ' +
      'memory',
  }),
  ACCESS_TOKEN_TTL: variable(integer({ min: 1, max: DAY }).default(3600), {
    right: 'seconds, a whole number from 1 to 86400',
    purpose: 'Lifetime of an access token.',
  }),
  REFRESH_TOKEN_TTL: variable(integer({ min: 60, max: 365 * DAY }).default(30 * DAY), {
    right: 'seconds, a whole number from 60 to 31536000',
    purpose: 'Maximum lifetime of a session, however often it is refreshed.',
  }),
  SESSION_IDLE_TTL: variable(integer({ min: 60, max: 365 * DAY }).default(14 * DAY), {
    right: 'seconds, a whole number from 60 to 31536000',
    purpose: 'Idle time-out: a session ends if it is not refreshed for this long.',
  }),
  BCRYPT_COST: variable(integer({ min: 4, max: 16 }).default(12), {
    right: 'a whole number from 4 to 16',
    purpose: 'Cost of password hashes; each step doubles the time. Use less than 10 in tests only.',
  }),
};

type Values = ValuesOf<typeof sessionVariables>;

export interface SessionConfig {
  /** PKCS#8 PEMs; null for an embedded database, which has its own key. */
  readonly jwtPrivateKey: string | null;
  /** Seconds. */
  readonly accessTokenTtl: number;
  /** Seconds. */
  readonly refreshTokenTtl: number;
  /** Seconds. */
  readonly sessionIdleTtl: number;
  readonly bcryptCost: number;
}

export const sessionConfig = (
  { JWT_PRIVATE_KEY, ...values }: Values,
  { requiresKey }: { readonly requiresKey: boolean },
  complain: Complain<keyof Values>,
): SessionConfig => {
  const keys = JWT_PRIVATE_KEY ?? null;
  const fault = keys === null ? null : faultOf(() => parseSigningKeys(keys));
  if (fault !== null) complain('JWT_PRIVATE_KEY', fault);
  if (keys === null && requiresKey) {
    const { right } = sessionVariables.JWT_PRIVATE_KEY;
    complain(
      'JWT_PRIVATE_KEY',
      `is required unless the database is embedded: ${right}. docs/operations.md shows how to generate one`,
    );
  }
  return {
    jwtPrivateKey: keys,
    accessTokenTtl: values.ACCESS_TOKEN_TTL,
    refreshTokenTtl: values.REFRESH_TOKEN_TTL,
    sessionIdleTtl: values.SESSION_IDLE_TTL,
    bcryptCost: values.BCRYPT_COST,
  };
};
