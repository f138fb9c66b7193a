import type { OrderId } from '#src/kernel/ids.js';
import { fail } from '../domain/errors.js';
import type { ShortLine, SoldLine, WantedLine } from '../domain/sale.js';
import { StockLevel, type StockCause } from '../domain/stock.js';
import type { CatalogPorts } from './ports.js';
import { recordMovements } from './record-movements.js';

type TakingPorts = Pick<CatalogPorts, 'products' | 'stock' | 'events' | 'newId' | 'now'>;

/** What was sold, or else the lines for which there is not enough. */
type Taken = { readonly sold: readonly SoldLine[] } | { readonly short: readonly ShortLine[] };

/**
 * Step: takes every line's stock, or none. Names and prices come from rows that the transaction holds, so no edit slips between
 * the sale and its price.
 */
export const takeAllOrNone =
  (ports: TakingPorts) =>
  async (wanted: readonly WantedLine[], cause: StockCause): Promise<Taken> => {
    const { products, stock } = ports;
    const locked = await products.lockForSale(wanted.map(({ productId }) => productId));
    const held = new Map(locked.map((product) => [product.id, product]));
    const sold: SoldLine[] = [];
    const levels: StockLevel[] = [];
    const short: ShortLine[] = [];
    for (const { productId, quantity } of wanted) {
      const found = held.get(productId);
      const level = found && StockLevel.move(found.stock, -quantity);
      if (!level) short.push({ productId, requested: quantity, available: found?.stock.quantity ?? 0 });
      else {
        levels.push(level);
        sold.push({ productId, quantity, sku: found.sku, name: found.name, unitPrice: found.price });
      }
    }
    if (short.length > 0) return { short };
    await stock.update(levels);
    const moves = wanted.map(({ productId, quantity }) => ({ productId, delta: -quantity }));
    await recordMovements(ports)(moves, levels, cause);
    return { sold };
  };

/**
 * Step: takes every line's stock for an order, or none. Fails with `out_of_stock`, its details naming every short line as
 * `{ productId, requested, available }`; a deleted product has none available.
 */
export const takeStock =
  (ports: TakingPorts) =>
  async (orderId: OrderId, wanted: readonly WantedLine[]): Promise<readonly SoldLine[]> => {
    const taken = await takeAllOrNone(ports)(wanted, { reason: 'order', orderId });
    if ('short' in taken) throw fail('out_of_stock', { lines: taken.short });
    return taken.sold;
  };
