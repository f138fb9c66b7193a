import type { Now } from '#src/kernel/clock.js';
import type { NewId, ProductId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { productCreated } from '../domain/events.js';
import { Product, type ProductContent } from '../domain/product.js';
import { existing } from './get-product.js';
import type { CatalogPorts, ProductDetails } from './ports.js';
import { recordMovements } from './record-movements.js';

export interface NewProduct extends ProductContent {
  readonly quantity: number;
}

/** Puts a product on sale. Fails with `unknown_category`. */
export const createProduct =
  ({ newId, now }: { newId: NewId; now: Now }) =>
  ({ quantity, ...content }: NewProduct): Work<CatalogPorts, ProductDetails> => {
    const id = newId<ProductId>(); // before the transaction: its work may run twice
    return async (ports) => {
      const { products, stock, events } = ports;
      const product = Product.create(id, content, now());
      await products.add(product);
      await events.append(productCreated(product));
      await stock.open(id);
      const moves = [{ productId: id, delta: quantity }];
      if (quantity > 0) await recordMovements(ports)(moves, await stock.move(moves), { reason: 'initial' });
      return existing(await products.findDetails(id));
    };
  };
