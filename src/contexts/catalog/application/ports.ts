import type { Now } from '#src/kernel/clock.js';
import type { Events } from '#src/kernel/events.js';
import type { NewId, OrderId, ProductId } from '#src/kernel/ids.js';
import type { Money } from '#src/kernel/money.js';
import type { Page, PageRequest } from '#src/kernel/page.js';
import type { Category, CategoryId } from '../domain/category.js';
import type { CatalogEvent } from '../domain/events.js';
import type { Import, ImportCounts, ImportId, ImportRow, RowError } from '../domain/import.js';
import type { Product } from '../domain/product.js';
import type { Reservation } from '../domain/reservation.js';
import type { WantedLine } from '../domain/sale.js';
import type { StockLevel, StockMovement } from '../domain/stock.js';

/** A product with its stock and its category. */
export interface ProductDetails {
  readonly product: Product;
  readonly stock: StockLevel;
  readonly category: Category | null;
}

/** What a sale needs of a product, and its stock. */
export interface ProductForSale extends Pick<Product, 'id' | 'sku' | 'name' | 'price'> {
  readonly stock: StockLevel;
}

/** Summary of a product that is kept after its deletion. */
export interface ProductSummary {
  readonly id: ProductId;
  readonly name: string;
  readonly price: Money;
  readonly imageUrl: string | null;
  /** How many can be sold now: 0 once the product is deleted. */
  readonly available: number;
  readonly deleted: boolean;
  /** Of a copy: when it was made. The catalogue of another process cannot be reached now. */
  readonly asOf?: Date;
}

export interface ProductFilter {
  /** For each of its `searchTerms`, the name, the description or the SKU must have a word that begins with it. */
  readonly text?: string;
  /** Compared by its `skuKey`. */
  readonly sku?: string;
  readonly categoryId?: CategoryId;
  readonly minPrice?: Money;
  readonly maxPrice?: Money;
  readonly inStock?: boolean;
}

/** The key of every sort is a name's `sortKey`, a price in minor units, or milliseconds since 1970; then the id. */
export type ProductSort = 'name' | '-name' | 'price' | '-price' | 'createdAt' | '-createdAt';

/** Finds the products of the shop. An adapter of a search engine would be another one of these. */
export interface ProductSearch {
  /**
   * A page of a filtered list may hold fewer products than its limit, even none, although more follow: so much as a page looks
   * through is bounded. Pages are read until `next` is null.
   */
  list(filter: ProductFilter, sort: ProductSort, page: PageRequest): Promise<Page<ProductDetails>>;
}

/** Only `summaries` knows of deleted products; to every other call they do not exist. */
export interface ProductReader extends ProductSearch {
  find(id: ProductId): Promise<Product | null>;
  findDetails(id: ProductId): Promise<ProductDetails | null>;
  /** Returns the products of the shop with these SKUs, compared by their `skuKey`, in no particular order. */
  findBySkus(skus: readonly string[]): Promise<readonly Product[]>;
  /** What is known of each id that ever was a product, in no particular order. */
  summaries(ids: readonly ProductId[]): Promise<readonly ProductSummary[]>;
}

export interface ProductRepository extends ProductReader {
  /** Like `add`, of several products by few statements. */
  addAll(products: readonly Product[]): Promise<void>;
  /** Like `update`, of several products, in id order, by few statements. */
  updateAll(changes: readonly { readonly product: Product; readonly before: Product }[]): Promise<void>;
  /**
   * Locks the products with these ids and their stock until the transaction ends, in id order to avoid deadlocks, and returns
   * those that are in the shop. For callers that go on to change the stock.
   */
  lockForSale(ids: readonly ProductId[]): Promise<readonly ProductForSale[]>;
  /** Fails with `unknown_category` when there is no such category, and with `sku_taken` when a product in the shop has the SKU. */
  add(product: Product): Promise<void>;
  /**
   * Stores `product`, of which `before` is what this transaction has read. Fails with `stale_write` unless the stored version is
   * `product.version - 1`, and with `unknown_category` and `sku_taken` like `add`.
   */
  update(product: Product, before: Product): Promise<void>;
  /** Stores the last version of a product and marks it as deleted; its SKU becomes available. Fails with `stale_write` like `update`. */
  withdraw(product: Product): Promise<void>;
}

export interface StockReader {
  /** Returns the levels of these products, where they exist, without locking them, in no particular order. */
  levels(ids: readonly ProductId[]): Promise<readonly StockLevel[]>;
  /** A product's ledger, the latest movement first. The position's key is the sequence. */
  movements(id: ProductId, page: PageRequest): Promise<Page<StockMovement>>;
  /** Returns what an order has taken and not got back, by the movements that have its id; in no particular order. */
  findTaken(order: OrderId): Promise<readonly WantedLine[]>;
  /** Returns whether a movement has that order's id, also if the order has got back what it had taken. */
  hasMoved(order: OrderId): Promise<boolean>;
}

export interface StockRepository extends StockReader {
  /**
   * Locks the levels of these products until the transaction ends, in product order to avoid deadlocks, and returns those that
   * exist, also of deleted products.
   */
  lock(ids: readonly ProductId[]): Promise<readonly StockLevel[]>;
  /** Stores the first level of a new product. */
  add(level: StockLevel): Promise<void>;
  /** Stores those of several by one statement. */
  addAll(levels: readonly StockLevel[]): Promise<void>;
  /** Stores changed levels by one statement. Fails with `stale_write` unless each stored version is the one before. */
  update(levels: readonly StockLevel[]): Promise<void>;
  /** Appends to the ledger. */
  record(movements: readonly StockMovement[]): Promise<void>;
}

export interface CategoryReader {
  find(id: CategoryId): Promise<Category | null>;
  /** Returns the categories with one of these ids or names, compared by their `sortKey`, in no particular order. */
  findAll(wanted: {
    readonly ids: readonly CategoryId[];
    readonly names: readonly string[];
  }): Promise<readonly Category[]>;
  /** By name. The position's key is the name's `sortKey`. */
  list(page: PageRequest): Promise<Page<Category>>;
}

export interface CategoryRepository extends CategoryReader {
  /** Fails with `category_exists` if another one has its name or its id. */
  add(category: Category): Promise<void>;
  /** Stores `category`. Fails with `stale_write` unless the stored version is `category.version - 1`, and with `category_exists`. */
  update(category: Category): Promise<void>;
  /** Fails with `stale_write`, or with `category_in_use` while a product is in it. */
  remove(category: Category): Promise<void>;
}

export interface ReservationReader {
  find(order: OrderId): Promise<Reservation | null>;
  /**
   * Lists the orders whose reservations are `reserved` and expired before that time, the earliest first. The position's key is the
   * time of expiry in milliseconds since 1970.
   */
  listOverdue(expiredBefore: Date, page: PageRequest): Promise<Page<OrderId>>;
}

/** The stock of orders that another process places: used only where ordering is in another process. */
export interface ReservationRepository extends ReservationReader {
  /** Locks the reservation until the transaction ends, and returns its latest state. */
  lock(order: OrderId): Promise<Reservation | null>;
  /** Fails with `stale_write` if the order has a reservation, after the transaction that stores it has ended: running again finds it. */
  add(reservation: Reservation): Promise<void>;
  /**
   * Stores the reservation and returns true, or returns false if the order has one. If another transaction is storing one, this waits for
   * its end and fails with `stale_write`: running again finds it.
   */
  addFirst(reservation: Reservation): Promise<boolean>;
  /** Stores `reservation`. Fails with `stale_write` unless the stored version is `reservation.version - 1`. */
  update(reservation: Reservation): Promise<void>;
  /** Removes at most `limit` settled reservations that expired before that time; returns the number of removed ones. */
  purge(expiredBefore: Date, limit: number): Promise<number>;
}

export interface ImportReader {
  find(id: ImportId): Promise<Import | null>;
  /** The latest first. The position's key is the time of creation in milliseconds since 1970. */
  list(page: PageRequest): Promise<Page<Import>>;
  /** The rows that an import has refused, in the order of the file. The position's key is the line, and its id that of the import. */
  errors(id: ImportId, page: PageRequest): Promise<Page<RowError>>;
  /** Counts the imports that are received or run, up to `limit`. */
  countUnfinished(limit: number): Promise<number>;
  /** Lists some imports that are being received, and of which no row was stored since that time. */
  listSilent(since: Date): Promise<readonly ImportId[]>;
}

export interface ImportRepository extends ImportReader {
  add(added: Import): Promise<void>;
  /** Locks the import until the transaction ends, and returns its latest state. */
  lock(id: ImportId): Promise<Import | null>;
  /** Stores status, version and times. Fails with `stale_write` unless the stored version is `changed.version - 1`. */
  update(changed: Import): Promise<void>;
  /** Adds to the counts of an import. */
  count(id: ImportId, more: ImportCounts, at: Date): Promise<void>;
  /** Stores rows that are to be applied; chunks are applied in the order of their positions. */
  addChunk(id: ImportId, position: number, rows: readonly ImportRow[]): Promise<void>;
  /** Removes the first chunk and returns it; null if there is none. The import is locked. */
  takeChunk(id: ImportId): Promise<readonly ImportRow[] | null>;
  addErrors(id: ImportId, errors: readonly RowError[]): Promise<void>;
  /** Removes at most `limit` chunks of imports that were cancelled or have failed; returns how many. */
  discardChunks(limit: number): Promise<number>;
  /** Removes at most `limit` imports that ended before that time, with their errors; returns how many. */
  purge(endedBefore: Date, limit: number): Promise<number>;
}

/** What queries of the catalogue read, outside of any transaction. */
export interface CatalogReaders {
  readonly products: ProductReader;
  readonly stock: StockReader;
  readonly categories: CategoryReader;
}

/** What a transaction of the catalogue works with. */
export interface CatalogPorts {
  readonly products: ProductRepository;
  readonly stock: StockRepository;
  readonly categories: CategoryRepository;
  readonly events: Events<CatalogEvent>;
  readonly newId: NewId;
  readonly now: Now;
}

/** What a transaction works with that imports products. */
export interface ImportPorts extends CatalogPorts {
  readonly imports: ImportRepository;
}

/** What a transaction works with that reserves stock for another process. */
export interface ReservationPorts extends CatalogPorts {
  readonly reservations: ReservationRepository;
}
