import { nameOfHost, parseDatabaseUrl } from '#src/platform/database/database-url.js';
import type { Config } from './config/index.js';

/** Returns where a shop stores its data, for people to read and without a password. */
export const dataLocation = ({ database }: Pick<Config, 'database'>): string => {
  if (database.url === 'memory:') return 'in memory only: lost when this process ends';
  const location = parseDatabaseUrl(database.url);
  return location.kind === 'sqlite'
    ? location.file
    : `${location.database} on ${location.hosts.map(nameOfHost).join(', ')}`;
};
