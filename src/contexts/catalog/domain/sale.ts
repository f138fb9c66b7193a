import type { ProductId } from '#src/kernel/ids.js';
import type { Money } from '#src/kernel/money.js';

export interface WantedLine {
  readonly productId: ProductId;
  readonly quantity: number;
}

/** What was sold, as the catalogue said at that moment. */
export interface SoldLine extends WantedLine {
  readonly sku: string | null;
  readonly name: string;
  readonly unitPrice: Money;
}

/** A line for which there is not enough stock; a deleted product has none available. */
export interface ShortLine {
  readonly productId: ProductId;
  readonly requested: number;
  readonly available: number;
}
