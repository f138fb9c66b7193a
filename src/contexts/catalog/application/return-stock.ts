import type { OrderId } from '#src/kernel/ids.js';
import type { WantedLine } from '../domain/sale.js';
import type { StockCause } from '../domain/stock.js';
import { moveStock } from './move-stock.js';
import type { CatalogPorts } from './ports.js';
import { recordMovements } from './record-movements.js';

type ReturningPorts = Pick<CatalogPorts, 'stock' | 'events' | 'newId' | 'now'>;

/** Step: gives the stock of lines back, also that of products deleted since: the ledger goes on adding up. */
export const giveBack =
  (ports: ReturningPorts) =>
  async (orderId: OrderId, lines: readonly WantedLine[], cause: StockCause): Promise<void> => {
    const moves = lines.map(({ productId, quantity }) => ({ productId, delta: quantity }));
    const levels = await moveStock(ports)(moves);
    if (levels.length !== lines.length)
      throw new Error(`order ${orderId} holds products that never had stock`);
    await recordMovements(ports)(moves, levels, cause);
  };

/** Step: gives a cancelled order's stock back. */
export const returnStock =
  (ports: ReturningPorts) =>
  (orderId: OrderId, lines: readonly WantedLine[]): Promise<void> =>
    giveBack(ports)(orderId, lines, { reason: 'cancellation', orderId });
