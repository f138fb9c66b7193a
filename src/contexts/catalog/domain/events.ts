import type { EventsOf } from '#src/kernel/events.js';
import type { ProductId } from '#src/kernel/ids.js';
import type { Product } from './product.js';
import type { StockMovement } from './stock.js';

export type ProductEvent = EventsOf<'product.created' | 'product.updated' | 'product.deleted', ProductId>;
/** About the stock of a product, which has the product's id and versions of its own. */
export type StockEvent = EventsOf<'stock.depleted', ProductId>;
export type CatalogEvent = ProductEvent | StockEvent;

const productEvent = (type: ProductEvent['type'], { id, version, updatedAt }: Product): ProductEvent => ({
  type,
  aggregateId: id,
  version,
  occurredAt: updatedAt,
  data: {},
});

/** The product is new. */
export const productCreated = (product: Product): ProductEvent => productEvent('product.created', product);

/** The product says something else now. */
export const productUpdated = (product: Product): ProductEvent => productEvent('product.updated', product);

/** The product, in its last version, has left the shop. */
export const productDeleted = (product: Product): ProductEvent => productEvent('product.deleted', product);

/** Those of the movements that left nothing, told by the stock, which has versions of its own. */
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
