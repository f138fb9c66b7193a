import type { Middleware } from 'koa';

/** What comes before the path in the absolute form of a target, which every server has to accept (RFC 9112 §3.2.2). */
const SCHEME_AND_AUTHORITY = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;

/** Escapes of the characters that need none (RFC 3986 §2.3): letters, digits and `-._~`. */
const NEEDLESS_ESCAPE = /%(?:2[DE]|3\d|[46][1-9A-F]|[57][0-9A]|5F|7E)/gi;

/** Returns the path with each character that needs no escape as itself (RFC 3986 §6.2.2.2): `/%70roducts` is `/products`. */
const normalPath = (path: string): string =>
  path.replace(NEEDLESS_ESCAPE, (escape) => decodeURIComponent(escape));

const pathAndQueryOf = (target: string): string => {
  const rest = target.replace(SCHEME_AND_AUTHORITY, '').replaceAll('#', '%23');
  const [path = '', ...queries] = rest.split('?');
  return [normalPath(path.startsWith('/') ? path : `/${path}`), ...queries].join('?');
};

/**
 * Reduces the target of a request to a normal path and its query, without a fragment. What reads it later throws at a host that no URL
 * can have; the access log does so after the answer, where nobody would catch it and the process would end.
 */
export const requestTarget: Middleware = (ctx, next) => {
  ctx.url = pathAndQueryOf(ctx.url);
  return next();
};
