import type { Route } from './route.js';

type Headers = Readonly<Record<string, string>>;

/** Returns the headers of every response of a deprecated call; none for any other. */
export const deprecationHeaders = ({ deprecated }: Pick<Route, 'deprecated'>): Headers => {
  if (deprecated === undefined) return {};
  const { since, sunset } = deprecated;
  return {
    Deprecation: `@${String(Math.floor(new Date(since).getTime() / 1000))}`,
    ...(sunset !== undefined && { Sunset: new Date(sunset).toUTCString() }),
  };
};

/** Returns a sentence for the documentation; null for a call that is not deprecated. */
export const deprecationText = ({ deprecated }: Pick<Route, 'deprecated'>): string | null => {
  if (deprecated === undefined) return null;
  const { since, sunset, instead } = deprecated;
  const removal = sunset === undefined ? '' : `, and removed on ${sunset.slice(0, 10)} or later`;
  return `Deprecated since ${since.slice(0, 10)}${removal}. ${instead}`;
};
