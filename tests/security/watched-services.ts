import { BACKEND_NAMES, serviceOf } from '#src/main/services.js';
import type { ContextName } from '#src/main/contexts.js';
import type { Send } from '#src/contexts/webhooks/application/ports.js';
import { openSqlDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import {
  closeDatabases,
  forEachService,
  ofEach,
  urlsOf,
  type OfEachService,
} from '../support/service-databases.js';
import { testServiceShop, type ShopUnderTest } from '../support/test-shop.js';
import { createLogger } from '#src/platform/logger.js';
import { tallyBy } from '../integrity/invariant.js';
import { unsettled } from '../integrity/service-invariants.js';
import { watchedDatabase, type Rows, type WatchedDatabase } from './watched-database.js';
import { watchedShop } from './watched-shop.js';

/** A shop of either shape of whose databases nothing is hidden. */
export interface WatchedShape extends ShopUnderTest, Pick<WatchedDatabase, 'rows' | 'columns' | 'counts'> {
  /** Writes into the database of a context, without the shop. */
  readonly write: (context: ContextName, sql: string) => Promise<void>;
  /** What has been logged so far, as text. */
  readonly log: () => string;
}

/** Returns one object of what each service has, with the service before each name. */
const together = async <Of>(
  watched: OfEachService<WatchedDatabase>,
  read: (database: WatchedDatabase) => Promise<Readonly<Record<string, Of>>>,
): Promise<Readonly<Record<string, Of>>> => {
  const each = await forEachService(async (name) => Object.entries(await read(watched[name])));
  const named = BACKEND_NAMES.flatMap((name) =>
    each[name].map(([table, of]) => [`${name}.${table}`, of] as const),
  );
  return Object.fromEntries(named);
};

/** Every event is received by every webhook endpoint: a failed attempt would be repeated for a day, and the shop never be at rest. */
const received: Send = () =>
  Promise.resolve({ status: 204, error: null, response: '', retryAfterMs: null, durationMs: 1 });

/** Which rows there are, but for the events that the services choose of each other, which a chore does at some time after the start. */
const withoutChoices = (rows: Rows): Rows =>
  Object.fromEntries(
    Object.entries(rows)
      .filter(([table]) => !table.endsWith('.webhook_endpoint_lists'))
      .map(([table, all]) => [
        table,
        table.endsWith('.outbox_subscriptions') ? all.map((row) => ({ ...row, types: '', version: 0 })) : all,
      ]),
  );

/** A shop as five services on SQLite; the rows of a table are counted in all of them together. Its rows are read, and counted, when no event, placement or reservation is on its way. */
export const watchedServices = async (
  environment: Readonly<Record<string, string>>,
): Promise<WatchedShape> => {
  const opened = await forEachService(() => openSqlDatabase('SQLite', { migrated: false }));
  let log = '';
  const logger = () => createLogger('trace', { write: (line: string) => (log += line) });
  const shop = await testServiceShop({
    databases: urlsOf(opened),
    environment,
    overrides: { logger, webhookSend: () => received },
  });
  const watched = ofEach(opened, watchedDatabase);
  const scopes = ofEach(opened, ({ outside }) => outside);
  const settle = () =>
    eventually(
      async () => (await unsettled(scopes)).length === 0,
      'an end of events, placements and reservations',
    );
  return {
    ...shop,
    write: (context, sql) => watched[serviceOf(context)].run(sql),
    rows: async () => {
      await settle();
      return withoutChoices(await together(watched, ({ rows }) => rows()));
    },
    columns: () => together(watched, ({ columns }) => columns()),
    counts: async () => {
      await settle();
      const each = await forEachService(async (name) => Object.entries(await watched[name].counts()));
      const all = tallyBy(
        Object.values(each).flat(),
        ([table]) => table,
        ([, count]) => count,
      );
      return Object.fromEntries(all);
    },
    log: () => log,
    close: async () => {
      await shop.close();
      await closeDatabases(opened);
    },
  };
};

/** Declares the same suite for a watched shop of each shape, on SQLite. */
export const forEachWatchedShape = (
  body: (
    shape: 'one process' | 'services',
    open: (environment?: Readonly<Record<string, string>>) => Promise<WatchedShape>,
  ) => void,
): void => {
  describe('in one process', () => {
    body('one process', async (environment = {}) => {
      const shop = await watchedShop('SQLite', environment);
      return { ...shop, write: (_context, sql) => shop.run(sql) };
    });
  });
  describe('as five services', () => {
    body('services', (environment = {}) => watchedServices(environment));
  });
};
