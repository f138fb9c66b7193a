import type { Logger } from 'pino';
import type { AuditOffers } from '#src/contexts/audit/public.js';
import type { Now } from '#src/kernel/clock.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Currency } from '#src/kernel/money.js';
import type { Transact } from '#src/kernel/transact.js';
import { PURGE_EVERY_MS, purgeAll, type Chore } from '#src/platform/chores.js';
import type {
  ContextModule,
  InProcess,
  InQueries,
  InTransaction,
  RepositoryMakers,
} from '#src/platform/context-module.js';
import type { CommandPorts } from '#src/platform/http/pipeline/run-command.js';
import { RETENTION_MS } from '#src/platform/inbox/inbox.js';
import { catalogCache, type CatalogCache } from './adapters/cache/catalog-cache.js';
import type { CachedReaders, ChangeReaders } from './adapters/cache/catalog-changes.js';
import { tellCache, type WatchedRepositories } from './adapters/cache/tell-cache.js';
import { catalogRoutes } from './adapters/http/catalog-routes.js';
import { DEMO_PICTURES_PATH } from './adapters/http/demo-picture-routes.js';
import { memoryCategoryRepository } from './adapters/memory/memory-category-repository.js';
import { importSubscriber } from './adapters/import-subscriber.js';
import { memoryImportRepository } from './adapters/memory/memory-import-repository.js';
import { memoryProductRepository } from './adapters/memory/memory-product-repository.js';
import { memoryReservationRepository } from './adapters/memory/memory-reservation-repository.js';
import { memoryStockRepository } from './adapters/memory/memory-stock-repository.js';
import { orderReceiver } from './adapters/order-receiver.js';
import { categoryKeys, productKeys } from './adapters/sequelize/catalog-keys.js';
import { catalogTables } from './adapters/sequelize/catalog-tables.js';
import { sequelizeCatalogChanges } from './adapters/sequelize/sequelize-catalog-changes.js';
import { sequelizeCategoryRepository } from './adapters/sequelize/sequelize-category-repository.js';
import { sequelizeImportRepository } from './adapters/sequelize/sequelize-import-repository.js';
import { sequelizeProductRepository } from './adapters/sequelize/sequelize-product-repository.js';
import { sequelizeReservationRepository } from './adapters/sequelize/sequelize-reservation-repository.js';
import { sequelizeStockRepository } from './adapters/sequelize/sequelize-stock-repository.js';
import { catalogElsewhere, catalogElsewhereToQueries } from './adapters/services/catalog-elsewhere.js';
import { productCopies, type ProductCopies } from './adapters/services/product-copies.js';
import { summaryRoute } from './adapters/services/product-operations.js';
import { reservationRoutes } from './adapters/services/reservation-operations.js';
import { discardRows, giveUpImports, purgeImports } from './application/clear-imports.js';
import { createDemoCatalogue } from './application/demo-catalogue.js';
import { LAPSE_EVERY_MS, lapseReservations } from './application/lapse-reservations.js';
import type {
  CategoryRepository,
  ImportPorts,
  ImportReader,
  ImportRepository,
  ProductRepository,
  ReservationPorts,
  ReservationReader,
  ReservationRepository,
  StockRepository,
} from './application/ports.js';
import { catalogQueryOffers, catalogOffers } from './public.js';

export interface Repositories extends ChangeReaders {
  readonly products: ProductRepository;
  readonly stock: StockRepository;
  readonly categories: CategoryRepository;
  readonly reservations: ReservationRepository;
  readonly imports: ImportRepository;
}

export interface Queries extends CachedReaders {
  readonly reservations: ReservationReader;
  readonly imports: ImportReader;
}

export interface Parts {
  readonly now: Now;
  readonly newId: NewId;
  readonly logger: Logger;
  readonly config: {
    readonly publicUrl: string;
    readonly currency: Currency;
    /** Seconds. */
    readonly sharedCacheTtl: number;
    readonly catalogCache: {
      /** Milliseconds; 0 turns the cache off. */
      readonly maxStaleMs: number;
      readonly maxBytes: number;
    };
  };
  /** Null if it is turned off. */
  readonly catalogCache: CatalogCache | null;
}

export type Given = InTransaction<
  Repositories,
  { readonly audit: AuditOffers },
  Pick<Parts, 'now' | 'newId'>
>;
/** What the transactions of the catalogue work with. */
type Ports = ReservationPorts & ImportPorts & CommandPorts;

export type Running = InProcess<Ports, Queries, Parts>;

export interface Watching {
  readonly transact: Transact<WatchedRepositories>;
  readonly parts: Pick<Parts, 'catalogCache'>;
}

export interface CacheParts extends Pick<Parts, 'config'> {
  readonly contexts: { readonly catalog: { readonly queries: CachedReaders } };
  readonly logger: Logger;
}

const repositories: RepositoryMakers<Repositories> = {
  memory: {
    products: memoryProductRepository,
    stock: memoryStockRepository,
    categories: memoryCategoryRepository,
    reservations: memoryReservationRepository,
    imports: memoryImportRepository,
    catalogChanges: () => null,
  },
  sql: {
    products: sequelizeProductRepository,
    stock: sequelizeStockRepository,
    categories: sequelizeCategoryRepository,
    reservations: sequelizeReservationRepository,
    imports: sequelizeImportRepository,
    catalogChanges: sequelizeCatalogChanges,
  },
};

/** What is for sale, and how many of it there are. */
export const catalog = {
  repositories,
  parts: {
    catalogCache: ({ config, contexts, logger }: CacheParts): CatalogCache | null =>
      config.catalogCache.maxStaleMs === 0
        ? null
        : catalogCache({
            ...config.catalogCache,
            changes: contexts.catalog.queries.catalogChanges,
            onFailure: (err) => {
              logger.warn({ err }, 'changes of the catalogue cannot be read; its cache is not used');
            },
          }),
    /** Used where the catalogue is in another process. */
    productCopies: ({ now }: Pick<Parts, 'now'>): ProductCopies => productCopies({ now }),
  },
  watch: ({ transact, parts: { catalogCache: cache } }: Watching): Watching['transact'] =>
    cache === null ? transact : tellCache(transact, cache),
  tables: (sequelize) => {
    const { categories, products, words, stock, ledger, reservations, ...others } = catalogTables(sequelize);
    const { imports, importChunks, importErrors } = others;
    return [categories, products, words, stock, ledger, reservations, imports, importChunks, importErrors];
  },
  keyedTables: (sequelize) => [categoryKeys(sequelize), productKeys(sequelize)],
  ports: ({ own, uses, platform, parts: { newId, now } }: Given): Ports => ({
    products: own.products,
    stock: own.stock,
    categories: own.categories,
    reservations: own.reservations,
    imports: own.imports,
    events: platform.events,
    idempotency: platform.idempotency,
    audit: uses.audit.log,
    newId,
    now,
  }),
  offers: catalogOffers,
  elsewhere: catalogElsewhere,
  queries: ({ own }: InQueries<Queries>): Queries => ({
    products: own.products,
    stock: own.stock,
    categories: own.categories,
    reservations: own.reservations,
    imports: own.imports,
    catalogChanges: own.catalogChanges,
  }),
  offersToQueries: catalogQueryOffers,
  elsewhereToQueries: catalogElsewhereToQueries,
  routes: ({ transact, queries, parts: { config, newId, now, catalogCache: cache } }: Running) =>
    catalogRoutes({
      ...queries,
      transact,
      newId,
      now,
      currency: config.currency,
      sharedCacheTtl: config.sharedCacheTtl,
      replies: cache?.replies ?? null,
    }),
  serves: ({ transact, queries: { products }, parts: { config, now } }: Running) => [
    summaryRoute({ products, currency: config.currency }),
    ...reservationRoutes({ transact, now, currency: config.currency }),
  ],
  subscribers: ({ transact, parts: { config } }: Running) => [
    importSubscriber({ transact, currency: config.currency }),
  ],
  receives: [orderReceiver],
  chores: ({
    transact,
    queries: { reservations, imports },
    parts: { now, logger },
    holds,
  }: Running): readonly Chore[] => [
    {
      name: 'give up imports',
      everyMs: PURGE_EVERY_MS,
      run: giveUpImports({ transact, imports, now }),
    },
    {
      name: 'discard rows of imports',
      everyMs: PURGE_EVERY_MS,
      run: () => purgeAll(discardRows({ transact })),
    },
    {
      name: 'purge imports',
      everyMs: PURGE_EVERY_MS,
      run: () => purgeAll(purgeImports({ transact, now })),
    },
    ...(holds('ordering') // which then takes the stock in the order's transaction, and reserves nothing
      ? []
      : [
          {
            name: 'release overdue reservations',
            everyMs: LAPSE_EVERY_MS,
            run: lapseReservations({
              transact,
              reservations,
              now,
              onFailure: (orderId, err) => {
                logger.error({ err, orderId }, 'could not release an overdue reservation');
              },
            }),
          },
          {
            name: 'purge settled reservations',
            everyMs: PURGE_EVERY_MS,
            run: () => {
              // An order is placed before its reservation expires, or soon after, and its event is received as long.
              const before = new Date(now().getTime() - RETENTION_MS);
              return purgeAll((limit) => transact((ports) => ports.reservations.purge(before, limit)));
            },
          },
        ]),
  ],
  operations: ({ transact, parts: { config, newId, now } }: Running) => ({
    createDemoCatalogue: createDemoCatalogue({
      transact,
      newId,
      now,
      currency: config.currency,
      pictures: `${config.publicUrl}${DEMO_PICTURES_PATH}`,
    }),
  }),
} satisfies ContextModule;

// For src/main, which connects ordering with a catalogue in another process.
export { remoteReservations } from './adapters/services/reservation-operations.js';
