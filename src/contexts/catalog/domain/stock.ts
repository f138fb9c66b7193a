import type { Brand } from '#src/kernel/brand.js';
import type { OrderId, ProductId } from '#src/kernel/ids.js';

/** The most that can be counted of one product; well inside every database's integer. */
export const MAX_STOCK = 1_000_000_000;

/** How many of a product can be sold now. */
export interface StockLevel {
  readonly productId: ProductId;
  readonly quantity: number;
  readonly version: number;
}

/** A wish to add `delta` units to a product's stock, or to take them when it is negative. */
export interface StockMove {
  readonly productId: ProductId;
  readonly delta: number;
}

export type StockMovementId = Brand<string, 'StockMovementId'>;

export type StockReason = 'initial' | 'order' | 'cancellation' | 'adjustment' | 'edit';

/** A line of the stock ledger. A product's deltas always add up to its quantity. */
export interface StockMovement {
  readonly id: StockMovementId;
  readonly productId: ProductId;
  /** The version that the movement gave the stock: numbers a product's movements without a gap in their order. */
  readonly sequence: number;
  readonly delta: number;
  readonly reason: StockReason;
  readonly note: string | null;
  readonly orderId: OrderId | null;
  /** The quantity after the movement. */
  readonly balance: number;
  readonly createdAt: Date;
}

/** Why stock moves: what its line in the ledger will say beside the figures. */
export interface StockCause {
  readonly reason: StockReason;
  readonly note?: string;
  readonly orderId?: OrderId;
}

const movement = (
  id: StockMovementId,
  level: StockLevel,
  delta: number,
  { reason, note, orderId }: StockCause,
  at: Date,
): StockMovement => ({
  id,
  productId: level.productId,
  sequence: level.version,
  delta,
  reason,
  note: note ?? null,
  orderId: orderId ?? null,
  balance: level.quantity,
  createdAt: at,
});

export const StockMovement = { of: movement };
