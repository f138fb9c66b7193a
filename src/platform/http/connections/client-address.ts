import ipaddr from 'ipaddr.js';
import type { IncomingHttpHeaders } from 'node:http';
import type { Middleware } from 'koa';
import type { Logger } from 'pino';
import proxyAddr from 'proxy-addr';

/**
 * Whose `X-Forwarded-For` is believed: that of so many proxies in a row before the shop, or of those with these addresses
 * and ranges. 0 believes nobody.
 */
export type TrustProxy = number | readonly string[];

/** An address as it stands alone, and as proxies write it with a port: `203.0.113.7:41000`, `"[2001:db8::1]:51234"`. */
const NODE = /^"?(?:\[(?<v6>[^\]]*)\]|(?<v4>[\d.]+))(?::\d{1,5})?"?$/;

/** Returns the address in an entry of `X-Forwarded-For`, without the port that may follow it (RFC 7239 §6). */
const addressIn = (entry: string): string => {
  const { v4, v6 } = NODE.exec(entry)?.groups ?? {};
  return v6 ?? v4 ?? entry;
};

/** Throws when an entry is neither an address nor a range. */
const trusts = (trust: TrustProxy): ((entry: string, hop: number) => boolean) => {
  if (typeof trust === 'number') return (_entry, hop) => hop < trust;
  const isTrusted = proxyAddr.compile([...trust]);
  return (entry, hop) => isTrusted(addressIn(entry), hop);
};

/** One spelling for each address: an IPv4 address that came over IPv6 is an IPv4 address. Null for what is none. */
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

const SET_IT = 'set TRUST_PROXY to the proxies before the shop; without a proxy there is nothing to do';

/** What whoever runs the shop should know about headers that tell the address of a client and are not believed. */
const REMARKS = {
  'x-forwarded-for': `X-Forwarded-For came from a peer that is not trusted, so that all its clients count as one address: ${SET_IT}`,
  forwarded: `Forwarded came, which is not read: let the proxy send X-Forwarded-For, and ${SET_IT}`,
};

/** Warns of each such header the first time that it comes, and never of what is in it. */
const unbelievedHeaders = (logger: Logger) => {
  const told = new Set<keyof typeof REMARKS>();
  return (headers: IncomingHttpHeaders, peer: string, isPeerTrusted: boolean): void => {
    const warn = (header: keyof typeof REMARKS): void => {
      if (headers[header] === undefined || told.has(header)) return;
      told.add(header);
      logger.warn({ peer }, REMARKS[header]);
    };
    if (!isPeerTrusted) warn('x-forwarded-for');
    // A trusted proxy that tells the address in the other header may pass this one on from a client.
    if (!isPeerTrusted || headers['x-forwarded-for'] === undefined) warn('forwarded');
  };
};

/** Makes `ctx.ip` the address of the client: what the furthest trusted proxy has seen, and nothing that a client claims. */
export const clientAddress = (trust: TrustProxy, logger: Logger): Middleware => {
  const isTrusted = trusts(trust);
  const remark = unbelievedHeaders(logger);
  return (ctx, next) => {
    const { remoteAddress: peer } = ctx.req.socket; // none when the connection is gone
    if (peer !== undefined) remark(ctx.req.headers, normalised(peer) ?? peer, isTrusted(peer, 0));
    // From the connection outwards. A trusted proxy that tells of no address is itself the furthest that is known.
    const seen = proxyAddr.all(ctx.req, isTrusted).map(normalised);
    const unknown = seen.indexOf(null);
    ctx.request.ip = (unknown < 0 ? seen : seen.slice(0, unknown)).at(-1) ?? '';
    return next();
  };
};

/** What is counted as one caller: an IPv4 address, or the /64 of an IPv6 address, of which a client has all the rest. */
export const networkOf = (address: string): string => {
  if (!ipaddr.IPv6.isValid(address)) return address;
  const parts = ipaddr.IPv6.parse(address).parts.slice(0, 4);
  return `${parts.map((part) => part.toString(16)).join(':')}::/64`;
};

/**
 * Returns a function that tells the network of the other end of a connection, or null where that is a trusted proxy, whose
 * connections carry the requests of many clients.
 */
export const networkOfPeer = (trust: TrustProxy): ((address: string) => string | null) => {
  const isTrusted = trusts(trust);
  return (address) => (isTrusted(address, 0) ? null : networkOf(normalised(address) ?? ''));
};
