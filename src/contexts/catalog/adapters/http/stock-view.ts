import { pageOf } from '#src/platform/http/routes/schemas.js';
import {
  integer,
  object,
  oneOf,
  string,
  timestamp,
  uuid,
  type ValueOf,
} from '#src/platform/schema/schema.js';
import type { StockMovement } from '../../domain/stock.js';

export const movementBody = object('StockMovement', {
  id: uuid(),
  delta: integer().description('Number of units added, or removed if negative'),
  reason: oneOf('initial', 'order', 'cancellation', 'adjustment', 'edit'),
  note: string().nullable(),
  orderId: uuid().nullable().description('Id of the order, if the reason is `order` or `cancellation`'),
  balance: integer({ min: 0 }).description('Quantity in stock afterwards'),
  createdAt: timestamp(),
});

export const movementPage = pageOf('StockMovementPage', movementBody);

export const viewMovement = ({
  id,
  delta,
  reason,
  note,
  orderId,
  balance,
  createdAt,
}: StockMovement): ValueOf<typeof movementBody> => ({
  id,
  delta,
  reason,
  note,
  orderId,
  balance,
  createdAt: createdAt.toISOString(),
});
