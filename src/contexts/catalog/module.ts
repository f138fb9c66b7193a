import type { Logger } from 'pino';
import type { AuditOffers } from '#src/contexts/audit/public.js';
import type { Now } from '#src/kernel/clock.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Currency } from '#src/kernel/money.js';
import type { Transact } from '#src/kernel/transact.js';
import type { ContextModule, InProcess, InQueries, InTransaction } from '#src/platform/context-module.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { CommandPorts } from '#src/platform/http/pipeline/run-command.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { catalogCache, type CatalogCache } from './adapters/cache/catalog-cache.js';
import type { CachedReaders, ChangeReaders } from './adapters/cache/catalog-changes.js';
import { tellCache, type WatchedRepositories } from './adapters/cache/tell-cache.js';
import { catalogRoutes } from './adapters/http/catalog-routes.js';
import { memoryCategoryRepository } from './adapters/memory/memory-category-repository.js';
import { memoryProductRepository } from './adapters/memory/memory-product-repository.js';
import { memoryStockRepository } from './adapters/memory/memory-stock-repository.js';
import { categoryKeys, productKeys } from './adapters/sequelize/catalog-keys.js';
import { sequelizeCatalogChanges } from './adapters/sequelize/sequelize-catalog-changes.js';
import { sequelizeCategoryRepository } from './adapters/sequelize/sequelize-category-repository.js';
import { sequelizeProductRepository } from './adapters/sequelize/sequelize-product-repository.js';
import { sequelizeStockRepository } from './adapters/sequelize/sequelize-stock-repository.js';
import { createDemoCatalogue } from './application/demo-catalogue.js';
import type {
  CatalogPorts,
  CategoryRepository,
  ProductRepository,
  StockRepository,
} from './application/ports.js';
import { catalogQueryOffers, catalogOffers } from './public.js';

export interface Repositories extends ChangeReaders {
  readonly products: ProductRepository;
  readonly stock: StockRepository;
  readonly categories: CategoryRepository;
}

export interface Parts {
  readonly now: Now;
  readonly newId: NewId;
  readonly config: {
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
export type Running = InProcess<CatalogPorts & CommandPorts, CachedReaders, Parts>;

export interface Watching {
  readonly transact: Transact<WatchedRepositories>;
  readonly parts: Pick<Parts, 'catalogCache'>;
}

export interface CacheParts extends Pick<Parts, 'config'> {
  readonly contexts: { readonly catalog: { readonly queries: CachedReaders } };
  readonly logger: Logger;
}

/** What is for sale, and how many of it there are. */
export const catalog = {
  repositories: {
    memory: (scope: MemoryScope): Repositories => ({
      products: memoryProductRepository(scope),
      stock: memoryStockRepository(scope),
      categories: memoryCategoryRepository(scope),
      catalogChanges: null,
    }),
    sql: (scope: SqlScope, currency: Currency): Repositories => ({
      products: sequelizeProductRepository(scope, currency),
      stock: sequelizeStockRepository(scope),
      categories: sequelizeCategoryRepository(scope),
      catalogChanges: sequelizeCatalogChanges(scope),
    }),
  },
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
  },
  watch: ({ transact, parts: { catalogCache: cache } }: Watching): Watching['transact'] =>
    cache === null ? transact : tellCache(transact, cache),
  keyedTables: (sequelize) => [categoryKeys(sequelize), productKeys(sequelize)],
  ports: ({ own, uses, platform, parts: { newId, now } }: Given): CatalogPorts & CommandPorts => ({
    products: own.products,
    stock: own.stock,
    categories: own.categories,
    events: platform.events,
    idempotency: platform.idempotency,
    audit: uses.audit.log,
    newId,
    now,
  }),
  offers: catalogOffers,
  queries: ({ own }: InQueries<CachedReaders>): CachedReaders => ({
    products: own.products,
    stock: own.stock,
    categories: own.categories,
    catalogChanges: own.catalogChanges,
  }),
  offersToQueries: catalogQueryOffers,
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
  operations: ({ transact, queries: { categories }, parts: { config, newId, now } }: Running) => ({
    createDemoCatalogue: createDemoCatalogue({
      transact,
      categories,
      newId,
      now,
      currency: config.currency,
    }),
  }),
} satisfies ContextModule;
