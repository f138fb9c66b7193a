import type { AuditOffers } from '#src/contexts/audit/public.js';
import type { CatalogQueryOffers, CatalogOffers } from '#src/contexts/catalog/public.js';
import type { CustomersOffers } from '#src/contexts/customers/public.js';
import type { Currency } from '#src/kernel/money.js';
import type {
  ContextModule,
  InProcess,
  InQueries,
  InTransaction,
  RepositoryMakers,
} from '#src/platform/context-module.js';
import type { CommandPorts } from '#src/platform/http/pipeline/run-command.js';
import { cartRoutes } from './adapters/http/cart-routes.js';
import { cartMember } from './adapters/http/personal-data.js';
import { memoryCartRepository } from './adapters/memory/memory-cart-repository.js';
import { cartCustomers, catalogProducts } from './adapters/neighbours.js';
import { cartTables } from './adapters/sequelize/cart-tables.js';
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

const repositories: RepositoryMakers<Repositories> = {
  memory: { carts: memoryCartRepository },
  sql: { carts: sequelizeCartRepository },
};

/** What a customer is about to order. */
export const cart = {
  repositories,
  tables: (sequelize) => {
    const { carts, lines } = cartTables(sequelize);
    return [carts, lines];
  },
  ports: ({
    own,
    uses,
    platform,
    parts,
  }: InTransaction<Repositories, Uses, Parts>): CartPorts & CommandPorts => ({
    carts: own.carts,
    products: catalogProducts(uses),
    customers: cartCustomers(uses),
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
    products: catalogProducts(uses),
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
