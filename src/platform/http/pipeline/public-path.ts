import type { Middleware } from 'koa';

/** Returns the path under which a proxy serves the shop, without a trailing slash: empty unless `PUBLIC_URL` has one. */
export const publicPathOf = (publicUrl: string): string => new URL(publicUrl).pathname.replace(/\/$/, '');

/** Prepends the public path to the paths in `Location` and `Link`, which clients follow from outside the proxy. */
export const publicLinks =
  (publicPath: string): Middleware =>
  async (ctx, next) => {
    await next();
    const { location, link } = ctx.response.headers;
    if (typeof location === 'string') ctx.set('Location', location.replace(/^\//, `${publicPath}/`));
    if (typeof link === 'string') ctx.set('Link', link.replace(/^<\//, `<${publicPath}/`));
  };
