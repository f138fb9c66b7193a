import type { Manager } from '#src/kernel/actor.js';
import type { Now } from '#src/kernel/clock.js';
import type { NewId, ProductId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { productCreated } from '../domain/events.js';
import { Product, type ProductContent } from '../domain/product.js';
import { StockLevel } from '../domain/stock.js';
import { completeProduct } from './queries.js';
import type { CatalogPorts, ProductDetails } from './ports.js';
import { recordMovements } from './record-movements.js';

export interface NewProduct extends ProductContent {
  readonly quantity: number;
}

/** Puts a product on sale. Fails with `unknown_category` or `sku_taken`. */
export const createProduct =
  ({ newId, now }: { newId: NewId; now: Now }) =>
  (
    _by: Manager<'catalog:write'>,
    { quantity, ...content }: NewProduct,
  ): Work<CatalogPorts, ProductDetails> => {
    const id = newId<ProductId>(); // before the transaction: its work may run twice
    return async (ports) => {
      const { products, stock, events } = ports;
      const product = Product.create(id, content, now());
      await products.add(product);
      await events.append(productCreated(product));
      const level = StockLevel.open(id, quantity);
      await stock.add(level);
      if (quantity > 0)
        await recordMovements(ports)([{ productId: id, delta: quantity }], [level], { reason: 'initial' });
      return completeProduct(ports)(product, level);
    };
  };
