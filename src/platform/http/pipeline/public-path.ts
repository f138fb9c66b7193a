import type { Middleware } from 'koa';

/** Returns the path under which a proxy offers the shop, without a slash at its end: empty unless `PUBLIC_URL` has one. */
export const publicPathOf = (publicUrl: string): string => new URL(publicUrl).pathname.replace(/\/$/, '');

/** Puts the public path before the paths in `Location` and `Link`, which clients follow from outside the proxy. */
export const publicLinks =
  (publicPath: string): Middleware =>
  async (ctx, next) => {
    await next();
    const { location, link } = ctx.response.headers;
    if (typeof location === 'string') ctx.set('Location', location.replace(/^\//, `${publicPath}/`));
    if (typeof link === 'string') ctx.set('Link', link.replace(/^<\//, `<${publicPath}/`));
  };
