import type { EventsOf } from '#src/kernel/events.js';
import type { ProductId } from '#src/kernel/ids.js';
import type { Product } from './product.js';
import type { StockMovement } from './stock.js';

export type ProductEvent = EventsOf<'product.created' | 'product.updated' | 'product.deleted', ProductId>;
/** Event about the stock of a product, which has the product's id and versions of its own. */
export type StockEvent = EventsOf<'stock.depleted', ProductId>;
export type CatalogEvent = ProductEvent | StockEvent;

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
