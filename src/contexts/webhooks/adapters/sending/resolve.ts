import { Resolver } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isLocalhost, isPublicAddress } from './targets.js';

/** Returns the addresses of a name; none if it has none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

const RESOLVE_WITHIN_MS = 4_000;

/**
 * Queries the name servers themselves. `getaddrinfo` would hold one of the few threads that also hash passwords, for as long as the name
 * server of an endpoint does not respond.
 */
export const resolveByDns: Resolve = async (host) => {
  const resolver = new Resolver({ timeout: RESOLVE_WITHIN_MS, tries: 2 });
  const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const addresses = found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  const [first] = found;
  if (addresses.length === 0 && first.status === 'rejected') throw first.reason;
  return addresses;
};

const LOOPBACK = ['127.0.0.1', '::1'];

export interface CheckOptions {
  readonly allowPrivate: boolean;
  readonly resolve: Resolve;
}

/** Returns the addresses of a name to connect to. Rejects if it has none, or one that is not of the internet, unless that is allowed. */
const checkedAddresses = async (
  host: string,
  { allowPrivate, resolve }: CheckOptions,
): Promise<readonly LookupAddress[]> => {
  const addresses = isLocalhost(host) ? LOOPBACK : await resolve(host);
  if (addresses.length === 0) throw new Error(`${host} has no address`);
  // All of them: otherwise a name with a public and a private one would pass now and then.
  if (!allowPrivate && !addresses.every(isPublicAddress))
    throw new Error(`${host} has an address that is not of the internet`);
  return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
};

/** Returns the function by which a connection finds its address: the one that is checked is the one that is used. */
export const checkedLookup =
  (options: CheckOptions): LookupFunction =>
  (host, { all }, callback) => {
    checkedAddresses(host, options).then(
      (addresses) => {
        const [first] = addresses;
        if (all === true) callback(null, [...addresses]);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error: unknown) => {
        callback(error as Error, '');
      },
    );
  };
