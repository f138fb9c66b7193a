import type { Brand } from '#src/kernel/brand.js';
import type { OrderId, ProductId } from '#src/kernel/ids.js';
import type { WantedLine } from './sale.js';

/** Maximum stock of one product; far below the limit of every database's integer. */
export const MAX_STOCK = 1_000_000_000;

/** Number of units of a product that can be sold now. */
export interface StockLevel {
  readonly productId: ProductId;
  readonly quantity: number;
  readonly version: number;
}

/** A request to add `delta` units to a product's stock, or to take them if it is negative. */
export interface StockMove {
  readonly productId: ProductId;
  readonly delta: number;
}

/** Returns the level after a move; null if the move would leave less than nothing. */
const move = (level: StockLevel, delta: number): StockLevel | null =>
  level.quantity + delta < 0
    ? null
    : { ...level, quantity: level.quantity + delta, version: level.version + 1 };

/** Returns the first level of a new product: version 0 at nothing, or version 1 after the movement that brings the first units. */
const open = (productId: ProductId, quantity: number): StockLevel => ({
  productId,
  quantity,
  version: quantity === 0 ? 0 : 1,
});

export const StockLevel = { open, move };

export type StockMovementId = Brand<string, 'StockMovementId'>;

export type StockReason = 'initial' | 'order' | 'cancellation' | 'adjustment' | 'edit';

/** A line of the stock ledger. A product's deltas always add up to its quantity. */
export interface StockMovement {
  readonly id: StockMovementId;
  readonly productId: ProductId;
  /** Version of the stock after the movement: numbers a product's movements in order, without gaps. */
  readonly sequence: number;
  readonly delta: number;
  readonly reason: StockReason;
  readonly note: string | null;
  readonly orderId: OrderId | null;
  /** The quantity after the movement. */
  readonly balance: number;
  readonly createdAt: Date;
}

/** Cause of a stock movement, for its line in the ledger. */
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

/** A product and the change of its stock by one movement. */
export type StockChange = Pick<StockMovement, 'productId' | 'delta'>;

/** Returns what an order has taken and not got back, by its movements. */
const outstanding = (movements: readonly StockChange[]): readonly WantedLine[] => {
  const taken = new Map<ProductId, number>();
  for (const { productId, delta } of movements) taken.set(productId, (taken.get(productId) ?? 0) - delta);
  return [...taken]
    .filter(([, quantity]) => quantity > 0)
    .map(([productId, quantity]) => ({ productId, quantity }));
};

export const StockMovement = { of: movement, outstanding };
