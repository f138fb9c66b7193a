import { EXAMPLE_PRODUCT } from '#src/kernel/examples.js';
import { pagingSearch, page, pageRequest } from '#src/platform/http/lists/list.js';
import { appended } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import { idParam } from '#src/platform/http/routes/schemas.js';
import { integer, object, text } from '#src/platform/schema/schema.js';
import { adjustStock } from '../../application/adjust-stock.js';
import { listStockMovements } from '../../application/queries.js';
import { fail } from '../../domain/errors.js';
import { MAX_STOCK } from '../../domain/stock.js';
import type { CatalogRouteDeps } from './catalog-deps.js';
import { movementBody, movementPage, viewMovement } from './stock-view.js';

const adjustmentBody = object(
  'StockAdjustmentCreate',
  {
    delta: integer({ min: -MAX_STOCK, max: MAX_STOCK, not: 0 })
      .description('Number of units added, or removed if negative; not 0')
      .example(12),
    note: text(500).description('Reason, for the ledger').example('Delivery of 3 March').optional(),
  },
  { description: 'A change of the stock' },
);

export const stockRoutes = ({ transact, stock }: CatalogRouteDeps): readonly Route[] => [
  route({
    method: 'get',
    path: '/products/:id/stock-adjustments',
    operationId: 'listStockAdjustments',
    tag: 'Catalog',
    access: 'admin',
    scope: 'catalog:read',
    summary: 'List the stock adjustments of a product',
    description: `Returns every movement of the stock, the latest first: the initial stock (\`initial\`), orders and cancellations,
adjustments, and edits of the quantity (\`edit\`). Where catalogue and orders are separate services, stock that was reserved and not
ordered comes back by an adjustment with a note. The deltas always add up to the quantity. The ledger of a deleted product is kept.`,
    params: idParam(EXAMPLE_PRODUCT.id),
    search: pagingSearch,
    replies: { 200: { body: movementPage, headers: ['Link'] } },
    errors: fail.pick('product_not_found'),
    query: ({ actor, params, search, request }) =>
      listStockMovements({ stock })(actor, params.id, pageRequest({ search, request }, 'number')),
    reply: (found, input) => page(found, viewMovement, input),
  }),
  route({
    method: 'post',
    path: '/products/:id/stock-adjustments',
    operationId: 'adjustStock',
    tag: 'Catalog',
    access: 'admin',
    scope: 'catalog:write',
    summary: 'Adjust the stock of a product',
    description: `Adds \`delta\` to the current stock, for example for a delivery or a breakage, so that concurrent sales are not
lost. Returns the new movement of the ledger; its \`balance\` is the quantity afterwards. An adjustment that would make the
stock negative is refused.`,
    params: idParam(EXAMPLE_PRODUCT.id),
    body: adjustmentBody,
    replies: { 201: { body: movementBody } },
    errors: fail.pick('product_not_found', 'stock_out_of_range'),
    transact,
    command: ({ actor, params, body }) => adjustStock(actor, params.id, body),
    audit: { action: 'stock.adjusted', subject: (_, { params }) => params.id },
    reply: (movement) => appended(viewMovement(movement)),
  }),
];
