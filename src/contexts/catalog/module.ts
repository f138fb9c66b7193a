import type { AuditOffers } from '#src/contexts/audit/public.js';
import type { Now } from '#src/kernel/clock.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Currency } from '#src/kernel/money.js';
import type { ContextModule, InProcess, InQueries, InTransaction } from '#src/platform/context-module.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { CommandPorts } from '#src/platform/http/pipeline/run-command.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { catalogRoutes } from './adapters/http/catalog-routes.js';
import { memoryCategoryRepository } from './adapters/memory/memory-category-repository.js';
import { memoryProductRepository } from './adapters/memory/memory-product-repository.js';
import { memoryStockRepository } from './adapters/memory/memory-stock-repository.js';
import { categoryKeys, productKeys } from './adapters/sequelize/catalog-keys.js';
import { sequelizeCategoryRepository } from './adapters/sequelize/sequelize-category-repository.js';
import { sequelizeProductRepository } from './adapters/sequelize/sequelize-product-repository.js';
import { sequelizeStockRepository } from './adapters/sequelize/sequelize-stock-repository.js';
import { createDemoCatalogue } from './application/demo-catalogue.js';
import type {
  CatalogPorts,
  CatalogReaders,
  CategoryRepository,
  ProductRepository,
  StockRepository,
} from './application/ports.js';
import { catalogQueryOffers, catalogOffers } from './public.js';

export interface Repositories {
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
  };
}

export type Given = InTransaction<
  Repositories,
  { readonly audit: AuditOffers },
  Pick<Parts, 'now' | 'newId'>
>;
export type Running = InProcess<CatalogPorts & CommandPorts, CatalogReaders, Parts>;

/** What is for sale, and how many of it there are. */
export const catalog = {
  repositories: {
    memory: (scope: MemoryScope): Repositories => ({
      products: memoryProductRepository(scope),
      stock: memoryStockRepository(scope),
      categories: memoryCategoryRepository(scope),
    }),
    sql: (scope: SqlScope, currency: Currency): Repositories => ({
      products: sequelizeProductRepository(scope, currency),
      stock: sequelizeStockRepository(scope),
      categories: sequelizeCategoryRepository(scope),
    }),
  },
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
  queries: ({ own }: InQueries<CatalogReaders>): CatalogReaders => ({
    products: own.products,
    stock: own.stock,
    categories: own.categories,
  }),
  offersToQueries: catalogQueryOffers,
  routes: ({ transact, queries, parts: { config, newId, now } }: Running) =>
    catalogRoutes({
      ...queries,
      transact,
      newId,
      now,
      currency: config.currency,
      sharedCacheTtl: config.sharedCacheTtl,
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
