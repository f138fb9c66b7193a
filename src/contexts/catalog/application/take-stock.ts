import type { OrderId, ProductId } from '#src/kernel/ids.js';
import type { Money } from '#src/kernel/money.js';
import { fail } from '../domain/errors.js';
import type { CatalogPorts } from './ports.js';
import { recordMovements } from './record-movements.js';

export interface WantedLine {
  readonly productId: ProductId;
  readonly quantity: number;
}

/** What was sold, as the catalogue said at that moment. */
export interface SoldLine extends WantedLine {
  readonly sku: string | null;
  readonly name: string;
  readonly unitPrice: Money;
}

/**
 * Step: takes every line's stock for an order, or none. Names and prices come from rows that the transaction holds, so
 * no edit slips between the sale and its price. Fails with `out_of_stock`, its details naming every short line as
 * `{ productId, requested, available }`; a deleted product has none available.
 */
export const takeStock =
  (ports: Pick<CatalogPorts, 'products' | 'stock' | 'events' | 'newId' | 'now'>) =>
  async (orderId: OrderId, wanted: readonly WantedLine[]): Promise<readonly SoldLine[]> => {
    const { products, stock } = ports;
    const ids = wanted.map(({ productId }) => productId);
    const moves = wanted.map(({ productId, quantity }) => ({ productId, delta: -quantity }));
    // Stock before product, here and in every edit: all transactions lock the two rows in this order.
    const levels = await stock.move(moves);
    const held = new Map((await products.lock(ids)).map((product) => [product.id, product]));
    const taken = new Set(levels.map(({ productId }) => productId));
    const short = wanted.filter(({ productId }) => !taken.has(productId) || !held.has(productId));
    if (short.length > 0) {
      const left = new Map(
        (await stock.levels([...held.keys()])).map((level) => [level.productId, level.quantity]),
      );
      throw fail('out_of_stock', {
        lines: short.map(({ productId, quantity }) => ({
          productId,
          requested: quantity,
          available: left.get(productId) ?? 0,
        })),
      });
    }
    await recordMovements(ports)(moves, levels, { reason: 'order', orderId });
    return wanted.flatMap(({ productId, quantity }) => {
      const product = held.get(productId);
      if (product === undefined) return [];
      const { sku, name, price } = product;
      return [{ productId, quantity, sku, name, unitPrice: price }];
    });
  };
