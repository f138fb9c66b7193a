import { ANONYMOUS_OPERATIONS, KEYED_OPERATIONS } from './api.js';

/** Sends a request: `fetch`, or a layer around it. */
export type Send = (request: Request) => Promise<Response>;

const patternOf = (operation: string): RegExp =>
  new RegExp(`^${operation.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);

const ANONYMOUS = ANONYMOUS_OPERATIONS.map(patternOf);
const KEYED = KEYED_OPERATIONS.map(patternOf);

/** What the document says of the operation that a request calls. */
export interface Call {
  /** Whether the operation requires no log-in. */
  readonly anonymous: boolean;
  /** Whether the operation accepts an `Idempotency-Key`. */
  readonly keyed: boolean;
}

/** Returns what is known of the operation that a request calls, in a shop whose paths begin with `root`. */
export const callOf = ({ method, url }: Request, root: string): Call => {
  const { pathname } = new URL(url);
  const operation = `${method} ${pathname.startsWith(root) ? pathname.slice(root.length) : pathname}`;
  const isAmong = (patterns: readonly RegExp[]): boolean =>
    patterns.some((pattern) => pattern.test(operation));
  return { anonymous: isAmong(ANONYMOUS), keyed: isAmong(KEYED) };
};

/** Returns the path under which the shop is served, without a slash at its end. A relative URL is one of the page's origin. */
export const rootOf = (baseUrl: string): string => {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
  return new URL(baseUrl, page ?? 'http://localhost').pathname.replace(/\/$/, '');
};

/** Returns a request with one header field more. */
export const withHeader = (request: Request, name: string, value: string): Request => {
  const changed = request.clone();
  changed.headers.set(name, value);
  return changed;
};
