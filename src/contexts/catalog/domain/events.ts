import type { Brand } from '#src/kernel/brand.js';
import type { DomainEvent, EventsOf } from '#src/kernel/events.js';
import type { OrderId, ProductId } from '#src/kernel/ids.js';
import type { Category, CategoryId } from './category.js';
import type { Import, ImportId } from './import.js';
import type { Product } from './product.js';
import type { Reservation } from './reservation.js';
import type { ShortLine } from './sale.js';
import type { StockMovement } from './stock.js';

export type ProductEvent = EventsOf<'product.created' | 'product.updated' | 'product.deleted', ProductId>;
export type CategoryEvent = EventsOf<
  'category.created' | 'category.updated' | 'category.deleted',
  CategoryId
>;
/** Event about the stock of a product, which has the product's id and versions of its own. */
export type StockEvent = EventsOf<'stock.depleted', ProductId>;
/** Event about a reservation, which has the id of its order. */
export type ReservationEvent = DomainEvent<
  'reservation.failed',
  OrderId,
  {
    /** Ids of the products that are short, separated by spaces; empty if it is unknown what was ordered. */
    readonly products: Brand<string, 'ProductIds'>;
  }
>;
/** Requests the next batch of an import. */
export type ImportEvent = EventsOf<`import.${'started' | 'continued'}`, ImportId>;
export type CatalogEvent = ProductEvent | CategoryEvent | StockEvent | ReservationEvent | ImportEvent;

/**
 * Events of another process about orders. Declared here, since the catalogue uses nothing of ordering: their aggregate is the order,
 * whose lines the reservation and the ledger have.
 */
export type OrderEvent = EventsOf<'order.placed' | 'order.cancelled', OrderId>;

const productEvent = (type: ProductEvent['type'], { id, version, updatedAt }: Product): ProductEvent => ({
  type,
  aggregateId: id,
  version,
  occurredAt: updatedAt,
  data: {},
});

/** Returns the event of a new product. */
export const productCreated = (product: Product): ProductEvent => productEvent('product.created', product);

/** Returns the event of a changed product. */
export const productUpdated = (product: Product): ProductEvent => productEvent('product.updated', product);

/** Returns the event of a product that has left the shop, in its last version. */
export const productDeleted = (product: Product): ProductEvent => productEvent('product.deleted', product);

const categoryEvent = (type: CategoryEvent['type'], { id, version, updatedAt }: Category): CategoryEvent => ({
  type,
  aggregateId: id,
  version,
  occurredAt: updatedAt,
  data: {},
});

/** Returns the event of a new category. */
export const categoryCreated = (category: Category): CategoryEvent =>
  categoryEvent('category.created', category);

/** Returns the event of a changed category. */
export const categoryUpdated = (category: Category): CategoryEvent =>
  categoryEvent('category.updated', category);

/** Returns the event of a category that was deleted in its last version: the event has the version after it. */
export const categoryDeleted = (category: Category, at: Date): CategoryEvent =>
  categoryEvent('category.deleted', { ...category, version: category.version + 1, updatedAt: at });

/** The version in which an import starts to run: it was received before. */
const STARTED = 2;

/** Returns the event that triggers the next batch of an import. */
export const importEvent = ({ id, version, updatedAt }: Import): ImportEvent => ({
  type: version === STARTED ? 'import.started' : 'import.continued',
  aggregateId: id,
  version,
  occurredAt: updatedAt,
  data: {},
});

/** Returns the events of the movements that left no stock; their versions are those of the stock. */
export const stockDepleted = (movements: readonly StockMovement[]): readonly StockEvent[] =>
  movements
    .filter(({ balance }) => balance === 0)
    .map(({ productId, sequence, createdAt }) => ({
      type: 'stock.depleted',
      aggregateId: productId,
      version: sequence,
      occurredAt: createdAt,
      data: {},
    }));

/** Returns the event of an order that was placed, and for which there is not enough stock. */
export const reservationFailed = (
  { orderId, version, updatedAt }: Reservation,
  short: readonly ShortLine[],
): ReservationEvent => ({
  type: 'reservation.failed',
  aggregateId: orderId,
  version,
  occurredAt: updatedAt,
  data: { products: short.map(({ productId }) => productId).join(' ') as Brand<string, 'ProductIds'> },
});
