import ipaddr from 'ipaddr.js';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import proxyAddr from 'proxy-addr';
import type { Step } from '../pipeline/steps.js';

/**
 * The proxies whose `X-Forwarded-For` is trusted: the given number of proxies before the shop, or those with these addresses and
 * ranges. 0 trusts none.
 */
export type TrustProxy = number | readonly string[];

/** An address by itself, and as proxies write it with a port: `203.0.113.7:41000`, `"[2001:db8::1]:51234"`. */
const NODE = /^"?(?:\[(?<v6>[^\]]*)\]|(?<v4>[\d.]+))(?::\d{1,5})?"?$/;

/** Returns the address in an entry of `X-Forwarded-For`, without the port that may follow it (RFC 7239 §6). */
const addressIn = (entry: string): string => {
  const { v4, v6 } = NODE.exec(entry)?.groups ?? {};
  return v6 ?? v4 ?? entry;
};

/** Returns whether an entry is trusted. Throws if it is neither an address nor a range. */
const trusts = (trust: TrustProxy): ((entry: string, hop: number) => boolean) => {
  if (typeof trust === 'number') return (_entry, hop) => hop < trust;
  const isTrusted = proxyAddr.compile([...trust]);
  return (entry, hop) => isTrusted(addressIn(entry), hop);
};

/** Returns the one spelling of an address: an IPv4 address that came over IPv6 is an IPv4 address. Null for invalid text. */
const normalised = (entry: string): string | null => {
  const address = addressIn(entry);
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : null;
};

export const parseTrustProxy = (text: string): TrustProxy => {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const trust = text.split(',').map((item) => item.trim());
  trusts(trust);
  return trust;
};

const SET_IT = 'set TRUST_PROXY to the proxies in front of the shop; without a proxy, ignore this';

/** Warnings for operators about headers that name a client's address and are not trusted. */
const REMARKS = {
  'x-forwarded-for': `X-Forwarded-For was received from an untrusted peer, so all its clients count as one address: ${SET_IT}`,
  forwarded: `the header Forwarded was received, which is not supported: let the proxy send X-Forwarded-For, and ${SET_IT}`,
};

/** Warns of each such header when it first arrives, without its value. */
const unbelievedHeaders = (logger: Logger) => {
  const warned = new Set<keyof typeof REMARKS>();
  return (headers: IncomingHttpHeaders, peer: string, isPeerTrusted: boolean): void => {
    if (headers['x-forwarded-for'] === undefined && headers.forwarded === undefined) return;
    const warn = (header: keyof typeof REMARKS): void => {
      if (headers[header] === undefined || warned.has(header)) return;
      warned.add(header);
      logger.warn({ peer: normalised(peer) ?? peer }, REMARKS[header]);
    };
    if (!isPeerTrusted) warn('x-forwarded-for');
    // A trusted proxy that sends the address in the other header may pass this one on from a client.
    if (!isPeerTrusted || headers['x-forwarded-for'] === undefined) warn('forwarded');
  };
};

/** What is known of a connection and the `X-Forwarded-For` of a request. */
interface Origin {
  readonly address: string;
  readonly isPeerTrusted: boolean;
}

/** Number of remembered origins: parsing addresses costs more than all other work on them. */
const MAX_REMEMBERED = 1000;
/** Characters of a remembered `X-Forwarded-For`: enough for a few addresses. */
const MAX_FORWARDED = 200;

/**
 * Sets `ctx.ip` to the client's address: the one that the furthest trusted proxy has seen, and never one that a client claims.
 */
export const clientAddress = (trust: TrustProxy, logger: Logger): Step => {
  const isTrusted = trusts(trust);
  const remark = unbelievedHeaders(logger);
  const remembered = new LRUCache<string, Origin>({ max: MAX_REMEMBERED });

  const originOf = (request: IncomingMessage, peer: string): Origin => {
    // From the connection outwards. A trusted proxy that reports no address is itself the furthest known one.
    const seen = proxyAddr.all(request, isTrusted).map(normalised);
    const unknown = seen.indexOf(null);
    return {
      address: (unknown < 0 ? seen : seen.slice(0, unknown)).at(-1) ?? '',
      isPeerTrusted: isTrusted(peer, 0),
    };
  };
  return ({ req, request }) => {
    const { remoteAddress: peer } = req.socket;
    if (peer === undefined) {
      request.ip = ''; // the connection is gone
      return;
    }
    const forwarded = String(req.headers['x-forwarded-for'] ?? '');
    const key = `${peer} ${forwarded}`;
    let origin = remembered.get(key);
    if (origin === undefined) {
      origin = originOf(req, peer);
      if (forwarded.length <= MAX_FORWARDED) remembered.set(key, origin);
    }
    remark(req.headers, peer, origin.isPeerTrusted);
    request.ip = origin.address;
  };
};

/** Returns the network that counts as one caller: an IPv4 address, or the /64 of an IPv6 address, all of which one client has. */
export const networkOf = (address: string): string => {
  if (!address.includes(':') || !ipaddr.IPv6.isValid(address)) return address;
  const parts = ipaddr.IPv6.parse(address).parts.slice(0, 4);
  return `${parts.map((part) => part.toString(16)).join(':')}::/64`;
};

/**
 * Returns a function from the remote address of a connection to its network, or to null for a trusted proxy, whose connections
 * carry the requests of many clients.
 */
export const networkOfPeer = (trust: TrustProxy): ((address: string) => string | null) => {
  const isTrusted = trusts(trust);
  return (address) => (isTrusted(address, 0) ? null : networkOf(normalised(address) ?? ''));
};
