import Joi from 'joi';
import { answer, pageOf, timestamp, uuid } from '#src/platform/http/routes/schemas.js';
import type { StockMovement } from '../../domain/stock.js';

export const movementBody = answer('StockMovement', {
  id: uuid(),
  delta: Joi.number().integer().description('Units that came in, or went out when negative'),
  reason: Joi.string().valid('initial', 'order', 'cancellation', 'adjustment', 'edit'),
  note: Joi.string().allow(null),
  orderId: uuid().allow(null).description('Of an `order` or a `cancellation`'),
  balance: Joi.number().integer().min(0).description('The quantity afterwards'),
  createdAt: timestamp(),
});

export const movementPage = pageOf('StockMovementPage', movementBody);

export const viewMovement = ({ id, delta, reason, note, orderId, balance, createdAt }: StockMovement) => ({
  id,
  delta,
  reason,
  note,
  orderId,
  balance,
  createdAt: createdAt.toISOString(),
});
