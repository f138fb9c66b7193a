import type { Transact } from '../../kernel/transact.js';
import type { MemoryScope } from '../../platform/memory/store.js';
import type { SqlScope } from '../../platform/database/scope.js';
import type { CartRepository } from '../../contexts/cart/application/ports.js';
import type { CategoryRepository, ProductRepository, StockRepository } from '../../contexts/catalog/application/ports.js';
import type { CustomerRepository } from '../../contexts/customers/application/ports.js';
import type { OrderRepository } from '../../contexts/ordering/application/ports.js';
import type { SessionRepository, UserRepository } from '../../contexts/accounts/application/ports.js';

/** What the repositories of one persistence are bound to. */
export type Scope = SqlScope | MemoryScope;

/** Every context's own repositories, bound to one scope. */
export interface Repositories {
  readonly users: UserRepository;
  readonly sessions: SessionRepository;
  readonly customers: CustomerRepository;
  readonly products: ProductRepository;
  readonly stock: StockRepository;
  readonly categories: CategoryRepository;
  readonly carts: CartRepository;
  readonly orders: OrderRepository;
}

/** A database and the repositories on it: the only thing in which memory, SQLite and MySQL differ. */
export interface Persistence {
  /** Bound to no transaction: for queries. */
  readonly outside: Repositories;
  readonly transact: Transact<Repositories>;
  /** Rejects when the database is away or its schema is not the one of this code. */
  check(): Promise<void>;
  close(): Promise<void>;
}
