import type { ProductId } from '#src/kernel/ids.js';
import type { Page, PageRequest } from '#src/kernel/page.js';
import { fail } from '../domain/errors.js';
import type { StockMovement } from '../domain/stock.js';
import type { StockReader } from './ports.js';

/** A product's ledger, the latest movement first; it outlives the product. */
export const listStockMovements =
  ({ stock }: { stock: StockReader }) =>
  async (productId: ProductId, page: PageRequest): Promise<Page<StockMovement>> => {
    if ((await stock.levels([productId])).length === 0) throw fail('product_not_found');
    return stock.movements(productId, page);
  };
