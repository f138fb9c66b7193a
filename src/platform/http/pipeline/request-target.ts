import type { Step } from './steps.js';

/** The part before the path in the absolute form of a target, which every server must accept (RFC 9112 §3.2.2). */
const SCHEME_AND_AUTHORITY = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;

/** Escapes of the characters that need none (RFC 3986 §2.3): letters, digits and `-._~`. */
const NEEDLESS_ESCAPE = /%(?:2[DE]|3\d|[46][1-9A-F]|[57][0-9A]|5F|7E)/gi;

/** Returns the path without needless escapes (RFC 3986 §6.2.2.2): `/%70roducts` becomes `/products`. */
const normalPath = (path: string): string =>
  path.replace(NEEDLESS_ESCAPE, (escape) => decodeURIComponent(escape));

const pathAndQueryOf = (target: string): string => {
  const rest = target.replace(SCHEME_AND_AUTHORITY, '').replaceAll('#', '%23');
  const [path = '', ...queries] = rest.split('?');
  return [normalPath(path.startsWith('/') ? path : `/${path}`), ...queries].join('?');
};

/** A target that is reduced already, as almost every one is. */
const REDUCED = /^\/[^%#]*$/;

/**
 * Reduces the target of a request to a normal path and its query, without a fragment. Later readers throw at a host that no URL
 * can have; the access log reads it after the response, where the error would be uncaught and end the process.
 */
export const requestTarget: Step = (ctx) => {
  if (!REDUCED.test(ctx.url)) ctx.url = pathAndQueryOf(ctx.url);
};
