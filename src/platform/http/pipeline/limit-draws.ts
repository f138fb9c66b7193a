import { createHmac, type KeyObject } from 'node:crypto';
import type { Quota } from '../../limits/rate-counter.js';
import type { Limit, LimitedAccount } from '../routes/route.js';

/** One caller's use of a quota. */
export interface Draw {
  readonly quota: Quota;
  readonly caller: string;
  /** Whether the response shows the remaining quota. What other callers have used is shown only once the limit is exceeded. */
  readonly shown: boolean;
  /** Whether the quota refuses requests or only counts them; true by default. */
  readonly refuses?: boolean;
}

/** Returns the key of a caller in a store. Without a secret it could be reversed: there are not many addresses. */
export const keyUnder =
  (secret: KeyObject) =>
  ({ name }: Quota, caller: string): string =>
    createHmac('sha256', secret).update(`${name}\0${caller}`).digest('hex');

/** Returns a key for points that must not count: for the store it is work like any other. */
const spare = (caller: string): string => `spare\0${caller}`;

const here = (caller: string, network: string): string => `${caller}\0${network}`;

/** Returns the draws of a request on the limits of its account's name. */
export const drawsOfName = (
  { name: limit, perAccount }: Limit,
  { name, known = false }: LimitedAccount,
  network: string,
): readonly Draw[] => {
  if (perAccount === undefined) return [];
  const anywhere = { name: `${limit}-account-anywhere`, ...perAccount.anywhere };
  return [
    { quota: { name: `${limit}-account`, ...perAccount.here }, caller: here(name, network), shown: true },
    // An attacker elsewhere must not lock a user out of the place that they always use.
    { quota: anywhere, caller: known ? spare(name) : name, shown: false, refuses: !known },
  ];
};

/** Returns the draw on the limit of all names of an account together, at one network. */
export const secretDrawHere = (
  { name: limit, perAccount }: Limit,
  { identity }: LimitedAccount,
  network: string,
): Draw | null =>
  perAccount === undefined || identity === undefined
    ? null
    : {
        quota: { name: `${limit}-identity`, ...perAccount.here },
        caller: here(identity, network),
        shown: false,
      };

/**
 * Returns the same draw from all networks. It takes as much work if the account is known at the network, or has no guesses left
 * there: then nothing must count towards what locks others out.
 */
export const secretDrawAnywhere = (
  { name: limit, perAccount }: Limit,
  { identity, known = false }: LimitedAccount,
  exhausted: boolean,
): Draw | null => {
  if (perAccount === undefined || identity === undefined) return null;
  const quota = { name: `${limit}-identity-anywhere`, ...perAccount.anywhere };
  const counts = !known && !exhausted;
  return { quota, caller: counts ? identity : spare(identity), shown: false, refuses: counts };
};
