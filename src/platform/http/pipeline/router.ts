import Router, { type RouterContext } from '@koa/router';
import type { Context, Middleware, ParameterizedContext } from 'koa';
import { failHttp } from './errors.js';
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

/** Fails unless every escape is valid UTF-8: parsers of query strings would silently replace others. */
const requireDecodable = (url: string): void => {
  if (!url.includes('%')) return;
  try {
    decodeURIComponent(url);
  } catch {
    throw failHttp('malformed_request');
  }
};

/**
 * Returns what a path has in common with its pattern, however the parameters are filled in: its first segment and the number of
 * its segments. Only a few routes share it, so the router need not try all patterns of the table on each path.
 */
const familyOf = (path: string): string => {
  const end = path.indexOf('/', 1);
  let segments = 1;
  for (let at = end; at >= 0; at = path.indexOf('/', at + 1)) segments += 1;
  return `${segments}${end < 0 ? path : path.slice(0, end)}`;
};

/** Answers OPTIONS with the methods of a path, and refuses any other method. */
const offer = (ctx: Context, methods: readonly string[]): void => {
  ctx.set('Allow', [...new Set([...methods, 'OPTIONS'])].sort().join(', '));
  if (ctx.method !== 'OPTIONS') ctx.throw(405);
  ctx.status = 204;
};

/** Routes to every route of the table; everything else receives 404, 405 or, for OPTIONS, `Allow`. */
export const routing = (
  table: readonly Route[],
  handlerOf: (route: Route) => (ctx: ParameterizedContext<RequestState>) => Promise<void>,
): Middleware<RequestState> => {
  const routers = new Map<string, Router<RequestState>>();
  for (const route of table.toSorted(bySpecificity)) {
    const family = familyOf(route.path);
    const router = routers.get(family) ?? new Router<RequestState>({ sensitive: true, strict: true });
    routers.set(family, router);
    router.register(route.path, [route.method], handlerOf(route));
  }
  return async (ctx, next) => {
    requireDecodable(ctx.url);
    const { path, method } = ctx;
    const matching = routers.get(familyOf(path))?.match(path, method).path ?? [];
    // Of several matching paths, the first is the most specific one: `/customers/me` is no `/customers/:id`.
    const layers = matching.filter((layer) => layer.path === matching[0]?.path);
    if (layers.length === 0) throw failHttp('not_found');
    const layer = layers.find(({ methods }) => methods.includes(method));
    if (layer === undefined) {
      const methods = layers.flatMap((each) => each.methods);
      offer(ctx, methods);
      return;
    }
    const params = layer.params(path, layer.captures(path));
    // A handler needs the parameters, and nothing else that the router would add.
    await layer.stack[0]?.(Object.assign(ctx, { params }) as RouterContext<RequestState>, next);
  };
};
