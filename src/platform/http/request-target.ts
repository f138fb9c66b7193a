import type { Middleware } from 'koa';

/** What comes before the path in the absolute form of a target, which every server has to accept (RFC 9112 §3.2.2). */
const SCHEME_AND_AUTHORITY = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;

const pathAndQueryOf = (target: string): string => {
  const rest = target.replace(SCHEME_AND_AUTHORITY, '').replaceAll('#', '%23');
  return rest.startsWith('/') ? rest : `/${rest}`;
};

/**
 * Reduces the target of a request to path and query, without a fragment. What reads it later throws at a host that no URL
 * can have; the access log does so after the answer, where nobody would catch it and the process would end.
 */
export const requestTarget: Middleware = (ctx, next) => {
  ctx.url = pathAndQueryOf(ctx.url);
  return next();
};
