import type { Route } from './route.js';

/** The number of items of a list that count as one request. */
export const ITEMS_PER_REQUEST = 20;

type Search = Readonly<Record<string, unknown>>;

const isGiven = (value: unknown): boolean => value !== undefined && value !== '';

/** Returns the number of requests that a call counts as. Its query must have passed the route's schema. */
export const costOf = ({ cost: { base = 1, parameters = {} } = {} }: Route, search: unknown): number => {
  const given = (search ?? {}) as Search;
  const limit = typeof given['limit'] === 'number' ? given['limit'] : ITEMS_PER_REQUEST;
  const added = Object.entries(parameters).filter(([name]) => isGiven(given[name]));
  const ofItems = Math.max(0, Math.ceil(limit / ITEMS_PER_REQUEST) - 1);
  return added.reduce((sum, [, points]) => sum + points, base + ofItems);
};

/** Returns sentences for the documentation; null for a call that counts as one request. */
export const costText = ({ cost: { base = 1, parameters = {} } = {}, search }: Route): string | null => {
  const isList = search?.names.includes('limit') === true;
  const added = Object.entries(parameters).map(([name, points]) => `\`${name}\` adds ${String(points)}`);
  if (base === 1 && !isList && added.length === 0) return null;
  const requests = base === 1 ? 'one request' : `${String(base)} requests`;
  const each = isList ? ` for every ${String(ITEMS_PER_REQUEST)} items of \`limit\`` : '';
  const more = added.length === 0 ? '' : ` ${added.join(', ')}.`;
  return `Counts under the rate limits as ${requests}${each}.${more}`;
};
