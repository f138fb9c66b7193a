import type { OrderId, ProductId } from '#src/kernel/ids.js';
import type { Money } from '#src/kernel/money.js';
import { fail } from '../domain/errors.js';
import { StockLevel } from '../domain/stock.js';
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
    const locked = await products.lockForSale(wanted.map(({ productId }) => productId));
    const held = new Map(locked.map((product) => [product.id, product]));
    const sold: SoldLine[] = [];
    const levels: StockLevel[] = [];
    const short: { readonly productId: ProductId; readonly requested: number; readonly available: number }[] =
      [];
    for (const { productId, quantity } of wanted) {
      const found = held.get(productId);
      const level = found && StockLevel.move(found.stock, -quantity);
      if (!level) short.push({ productId, requested: quantity, available: found?.stock.quantity ?? 0 });
      else {
        levels.push(level);
        sold.push({ productId, quantity, sku: found.sku, name: found.name, unitPrice: found.price });
      }
    }
    if (short.length > 0) throw fail('out_of_stock', { lines: short });
    await stock.update(levels);
    const moves = wanted.map(({ productId, quantity }) => ({ productId, delta: -quantity }));
    await recordMovements(ports)(moves, levels, { reason: 'order', orderId });
    return sold;
  };
