import type { OrderId } from '#src/kernel/ids.js';
import { moveStock } from './move-stock.js';
import type { CatalogPorts } from './ports.js';
import { recordMovements } from './record-movements.js';
import type { WantedLine } from './take-stock.js';

/** Step: gives an order's stock back, also that of products deleted since: the ledger goes on adding up. */
export const returnStock =
  (ports: Pick<CatalogPorts, 'stock' | 'events' | 'newId' | 'now'>) =>
  async (orderId: OrderId, lines: readonly WantedLine[]): Promise<void> => {
    const moves = lines.map(({ productId, quantity }) => ({ productId, delta: quantity }));
    const levels = await moveStock(ports)(moves);
    if (levels.length !== lines.length)
      throw new Error(`order ${orderId} holds products that never had stock`);
    await recordMovements(ports)(moves, levels, { reason: 'cancellation', orderId });
  };
