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
  delta: integer().description('Units that came in, or went out when negative'),
  reason: oneOf('initial', 'order', 'cancellation', 'adjustment', 'edit'),
  note: string().nullable(),
  orderId: uuid().nullable().description('Of an `order` or a `cancellation`'),
  balance: integer({ min: 0 }).description('The quantity afterwards'),
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
