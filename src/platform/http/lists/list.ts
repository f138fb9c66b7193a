import type { Page, PageRequest } from '#src/kernel/page.js';
import { decodeCursor, encodeCursor, type KeyKind, type ListIdentity } from './cursor.js';
import { ok, type ReplyWith } from '../routes/reply.js';
import type { RequestView } from '../routes/route.js';
import type { PageView } from '../routes/schemas.js';
import {
  integer,
  parameters,
  string,
  type Fields,
  type ObjectSchema,
  type ValuesOf,
} from '#src/platform/schema/schema.js';

/** Query parameters of every list, in addition to its sort and filters. */
export interface ListSearch {
  readonly limit: number;
  readonly after?: string;
}

const PAGING = {
  limit: integer({ min: 1, max: 100 })
    .default(20)
    .description('Maximum number of items on the page')
    .example(20),
  after: string({ max: 2000 })
    .description('`nextCursor` of the previous page; valid only with the same sort and filters')
    .sample('MTk2MjZmYzVhYzg4.MDE5Yjc2ZGEtYTgwMC03MDAw')
    .optional(),
};

/** Returns the schema of a list's query string: its own sort and filters, `limit` and `after`. */
export const listSearch = <F extends Fields>(filters: F): ObjectSchema<ValuesOf<F & typeof PAGING>> =>
  parameters({ ...filters, ...PAGING });

/** Schema of the query string of a list that has neither sort nor filters. */
export const pagingSearch = parameters(PAGING);

interface ListInput {
  readonly search: ListSearch;
  readonly request: RequestView;
}

/** Parses with any origin: only the path and the query string are used. */
const urlOf = ({ url }: RequestView): URL => new URL(url, 'http://localhost');

const identityOf = ({ search, request }: ListInput): ListIdentity => {
  const { limit: _limit, after: _after, ...filters } = search;
  return { path: urlOf(request).pathname, filters };
};

/** Returns the requested page; throws `invalid_cursor` if `after` is not a cursor of this list, sorted by `kind`. */
export const pageRequest = (input: ListInput, kind: KeyKind): PageRequest => {
  const { limit, after } = input.search;
  return { limit, after: after === undefined ? null : decodeCursor(after, identityOf(input), kind) };
};

/**
 * Returns the reply `{items, nextCursor}`, with a `Link` to the next page that has the same sort, filters and limit (RFC 8288).
 */
export const page = <Item, View>(
  result: Page<Item>,
  view: (item: Item) => View,
  input: ListInput,
): ReplyWith<200, PageView<View>> => {
  const items = result.items.map(view);
  if (result.next === null) return ok({ items, nextCursor: null });
  const nextCursor = encodeCursor(result.next, identityOf(input));
  const next = urlOf(input.request);
  next.searchParams.set('after', nextCursor);
  return ok({ items, nextCursor }, { headers: { Link: `<${next.pathname}${next.search}>; rel="next"` } });
};
