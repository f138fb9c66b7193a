import { createdAt, pageOf, storedChange, storedInteger } from '#src/platform/http/routes/schemas.js';
import { object, oneOf, string, uuid, type ValueOf } from '#src/platform/schema/schema.js';
import type { StockMovement } from '../../domain/stock.js';

export const movementBody = object(
  'StockMovement',
  {
    id: uuid().description('Id of the movement').example('019b76da-a800-7000-8000-000000000301'),
    delta: storedChange().description('Number of units added, or removed if negative').example(12),
    reason: oneOf('initial', 'order', 'cancellation', 'adjustment', 'edit')
      .description('What moved the stock')
      .example('adjustment'),
    note: string()
      .nullable()
      .description('As given with the adjustment; null if there is none')
      .example('Delivery of 3 March'),
    orderId: uuid().nullable().description('Id of the order, if the reason is `order` or `cancellation`'),
    balance: storedInteger().description('Quantity in stock afterwards').example(132),
    createdAt: createdAt(),
  },
  { description: 'A movement of the stock ledger' },
);

export const movementPage = pageOf('StockMovementPage', movementBody);

export const viewMovement = ({
  id,
  delta,
  reason,
  note,
  orderId,
  balance,
  createdAt: at,
}: StockMovement): ValueOf<typeof movementBody> => ({
  id,
  delta,
  reason,
  note,
  orderId,
  balance,
  createdAt: at.toISOString(),
});
