import ipaddr from 'ipaddr.js';
import { fail } from '../../domain/errors.js';
import type { RequireTarget } from '../../application/ports.js';

/** The only part of IPv6 with addresses of the internet (RFC 4291 §2.4); `range` knows what in it is not. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Returns whether an address is one of the internet: not of this machine, of a private network, of a link, as those of the metadata of
 * clouds are, of a carrier's NAT, or one that stands for an IPv4 address in any other way than its own.
 */
export const isPublicAddress = (text: string): boolean => {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text); // an IPv4-mapped one as the IPv4 address that it is
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST);
};

/** Returns the address that the host of a URL is; null if the host is a name. */
const literalOf = ({ hostname }: URL): string | null => {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(bare) ? bare : null;
};

const parse = (url: string): URL | null => {
  try {
    return new URL(url);
  } catch {
    return null;
  }
};

/** Returns whether a name is `localhost` or below it: this machine, whatever a name server says (RFC 6761 §6.3). */
export const isLocalhost = (name: string): boolean => /^(?:.*\.)?localhost\.?$/i.test(name);

/** Returns whether DNS can hold a name (RFC 1035 §2.3.4). */
const isName = (host: string): boolean => {
  const name = host.replace(/\.$/, '');
  return name.length <= 253 && name.split('.').every(({ length }) => length > 0 && length <= 63);
};

const hasHost = (url: URL, allowPrivate: boolean): boolean => {
  const literal = literalOf(url);
  if (literal !== null) return allowPrivate || isPublicAddress(literal);
  return isName(url.hostname) && (allowPrivate || !isLocalhost(url.hostname));
};

/** Checks the form of a URL. What its name stands for is checked for each connection: it may change at any time. */
export const requireTarget =
  ({ allowPrivate }: { readonly allowPrivate: boolean }): RequireTarget =>
  (text) => {
    const url = parse(text);
    const isHttp = url !== null && (url.protocol === 'https:' || (allowPrivate && url.protocol === 'http:'));
    if (!isHttp || url.username !== '' || url.password !== '') throw fail('webhook_target_refused');
    const isSendable = url.port !== '0' && !url.href.includes('#');
    if (!isSendable || !hasHost(url, allowPrivate)) throw fail('webhook_target_refused');
  };
