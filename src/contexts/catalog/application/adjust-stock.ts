import type { Manager } from '#src/kernel/actor.js';
import type { ProductId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { fail } from '../domain/errors.js';
import { MAX_STOCK, StockMovement } from '../domain/stock.js';
import { moveStock } from './move-stock.js';
import type { CatalogPorts } from './ports.js';
import { enterInLedger } from './record-movements.js';

export interface Adjustment {
  /** Units that came in, or went out when negative; never 0. */
  readonly delta: number;
  readonly note?: string;
}

/** Counts units in or out by hand: a delivery, a breakage. Fails with `stock_out_of_range` rather than go below zero. */
export const adjustStock =
  (
    _by: Manager<'catalog:write'>,
    productId: ProductId,
    { delta, note }: Adjustment,
  ): Work<CatalogPorts, StockMovement> =>
  async ({ products, stock, events, newId, now }) => {
    // The stock first: it is locked then, as a deletion locks it, and so one of the two sees the other.
    const [level] = await moveStock({ stock })([{ productId, delta }]);
    if ((await products.find(productId)) === null) throw fail('product_not_found');
    if (level === undefined || level.quantity > MAX_STOCK)
      throw fail('stock_out_of_range', { productId, delta });
    const cause = { reason: 'adjustment', ...(note !== undefined && { note }) } as const;
    const movement = StockMovement.of(newId(), level, delta, cause, now());
    await enterInLedger({ stock, events })([movement]);
    return movement;
  };
