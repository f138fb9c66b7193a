import Router from '@koa/router';
import type { Middleware } from 'koa';
import { failHttp } from './errors.js';
import { handle, type HandlerOptions } from './handler.js';
import type { Route } from '../routes/route.js';
import type { RequestState } from './state.js';

/** Sorts `/orders/mine` before `/orders/:id`: segment by segment, fixed ones come before parameters. */
const bySpecificity = (a: Route, b: Route): number => {
  const rank = ({ path }: Route): string =>
    path
      .split('/')
      .map((segment) => (segment.startsWith(':') ? '1' : '0'))
      .join('');
  return rank(a) < rank(b) ? -1 : Number(rank(a) > rank(b));
};

/** Returns whether every escape is valid UTF-8: parsers of query strings would silently replace others. */
const isDecodable = (target: string): boolean => {
  try {
    decodeURIComponent(target);
    return true;
  } catch {
    return false;
  }
};

/** Routes to every route of the table; everything else receives 400, 404, 405 or, for OPTIONS, `Allow`. */
export const routing = (
  table: readonly Route[],
  options: HandlerOptions,
): readonly Middleware<RequestState>[] => {
  const router = new Router<RequestState>({ sensitive: true, strict: true });
  for (const route of table.toSorted(bySpecificity)) {
    router.register(route.path, [route.method], [...handle(route, options)]);
  }
  const decodable: Middleware<RequestState> = (ctx, next) => {
    if (!isDecodable(ctx.url)) throw failHttp('malformed_request');
    return next();
  };
  const known: Middleware<RequestState> = (ctx, next) => {
    const layers = router.match(ctx.path, ctx.method).path;
    // Of several matching paths, the first is the most specific one: `/customers/me` is no `/customers/:id`.
    const methods = layers.filter(({ path }) => path === layers[0]?.path).flatMap((layer) => layer.methods);
    if (methods.length === 0) throw failHttp('not_found');
    if (methods.includes(ctx.method)) return next();
    ctx.set('Allow', [...new Set([...methods, 'OPTIONS'])].sort().join(', '));
    if (ctx.method !== 'OPTIONS') ctx.throw(405);
    ctx.status = 204;
    return undefined;
  };
  // The router itself adds the members of the context that the type of its middleware requires.
  return [decodable, known, router.routes() as Middleware<RequestState>];
};
