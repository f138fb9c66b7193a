import type { AuditOffers } from '#src/contexts/audit/public.js';
import type { CatalogQueryOffers, CatalogOffers } from '#src/contexts/catalog/public.js';
import type { CustomersOffers } from '#src/contexts/customers/public.js';
import type { Currency } from '#src/kernel/money.js';
import type { ContextModule, InProcess, InQueries, InTransaction } from '#src/platform/context-module.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { CommandPorts } from '#src/platform/http/pipeline/run-command.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { cartRoutes } from './adapters/http/cart-routes.js';
import { cartMember } from './adapters/http/personal-data.js';
import { memoryCartRepository } from './adapters/memory/memory-cart-repository.js';
import { cartCustomers, catalogProducts } from './adapters/neighbours.js';
import { sequelizeCartRepository } from './adapters/sequelize/sequelize-cart-repository.js';
import type { CartPorts, CartReader, CartReaders, CartRepository } from './application/ports.js';
import { cartOffers } from './public.js';

export interface Repositories {
  readonly carts: CartRepository;
}

export interface Readers {
  readonly carts: CartReader;
}

export interface Parts {
  readonly config: { readonly currency: Currency };
}

export interface Uses {
  readonly audit: AuditOffers;
  readonly catalog: CatalogOffers;
  readonly customers: CustomersOffers;
}

/** What a customer is about to order. */
export const cart = {
  repositories: {
    memory: (scope: MemoryScope): Repositories => ({ carts: memoryCartRepository(scope) }),
    sql: (scope: SqlScope): Repositories => ({ carts: sequelizeCartRepository(scope) }),
  },
  ports: ({
    own,
    uses,
    platform,
    parts,
  }: InTransaction<Repositories, Uses, Parts>): CartPorts & CommandPorts => ({
    carts: own.carts,
    products: catalogProducts(uses.catalog),
    customers: cartCustomers(uses.customers),
    currency: parts.config.currency,
    idempotency: platform.idempotency,
    audit: uses.audit.log,
  }),
  offers: cartOffers,
  queries: ({
    own,
    uses,
    parts,
  }: InQueries<Readers, { readonly catalog: CatalogQueryOffers }, Parts>): CartReaders => ({
    carts: own.carts,
    products: catalogProducts(uses.catalog),
    currency: parts.config.currency,
  }),
  routes: ({ transact, queries }: InProcess<CartPorts & CommandPorts, CartReaders>) =>
    cartRoutes({ ...queries, transact }),
  personalData: {
    member: cartMember,
    erase:
      ({ carts }: CartPorts) =>
      ({ person }) =>
        carts.remove(person),
  },
} satisfies ContextModule;
