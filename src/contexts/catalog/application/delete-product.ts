import type { Manager } from '#src/kernel/actor.js';
import type { Now } from '#src/kernel/clock.js';
import { requireVersion, type ExpectedVersion } from '#src/kernel/errors.js';
import type { ProductId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { productDeleted } from '../domain/events.js';
import { Product } from '../domain/product.js';
import { existing } from './queries.js';
import type { CatalogPorts } from './ports.js';

/**
 * Takes a product out of the shop; old orders and the ledger still show it. Fails with `product_not_found` or
 * `precondition_failed`.
 */
export const deleteProduct =
  ({ now }: { now: Now }) =>
  (_by: Manager<'catalog:write'>, id: ProductId, expected: ExpectedVersion): Work<CatalogPorts, void> =>
  async ({ products, stock, events }) => {
    await stock.lock([id]); // as every sale does, so that a sale is wholly before the deletion or sees it
    const product = existing(await products.find(id));
    requireVersion(product.version, expected);
    const withdrawn = Product.withdraw(product, now());
    await products.withdraw(withdrawn);
    await events.append(productDeleted(withdrawn));
  };
