import type { Manager } from '#src/kernel/actor.js';
import type { Now } from '#src/kernel/clock.js';
import { requireVersion, type ExpectedVersion } from '#src/kernel/errors.js';
import type { ProductId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { productUpdated } from '../domain/events.js';
import { Product, type ProductContent } from '../domain/product.js';
import { StockLevel } from '../domain/stock.js';
import { completeProduct, existing } from './queries.js';
import type { CatalogPorts, ProductDetails } from './ports.js';
import { recordMovements } from './record-movements.js';

export interface ProductChanges extends Partial<ProductContent> {
  /** A recount: what the stock is from now on, whatever was sold meanwhile. Absent, the stock is left alone. */
  readonly quantity?: number;
}

/**
 * Changes what is given and leaves the rest. `expected` is compared with the product's own version, which sales do not
 * move. Fails with `product_not_found`, `precondition_failed`, `unknown_category` or `sku_taken`.
 */
export const editProduct =
  ({ now }: { now: Now }) =>
  (
    _by: Manager<'catalog:write'>,
    id: ProductId,
    { quantity, ...content }: ProductChanges,
    expected: ExpectedVersion,
  ): Work<CatalogPorts, ProductDetails> =>
  async (ports) => {
    const { products, stock, events } = ports;
    const [level] = quantity === undefined ? [] : await stock.lock([id]);
    const product = existing(await products.find(id));
    requireVersion(product.version, expected);
    const edited = Product.edit(product, content, now());
    await products.update(edited, product);
    await events.append(productUpdated(edited));
    if (quantity === undefined || level === undefined || quantity === level.quantity)
      return completeProduct(ports)(edited, level);
    const delta = quantity - level.quantity;
    const counted = existing(StockLevel.move(level, delta));
    await stock.update([counted]);
    await recordMovements(ports)([{ productId: id, delta }], [counted], { reason: 'edit' });
    return completeProduct(ports)(edited, counted);
  };
