import type { CustomerId, OrderId, ProductId } from '#src/kernel/ids.js';
import type { PostalAddress } from '#src/kernel/postal-address.js';

/**
 * An order that is being placed while its stock is reserved in another process. It holds the lines of the cart and the key of
 * the request, and ends as an order, or with its lines back in the cart.
 */
export interface Placement {
  /** That of the order. */
  readonly id: OrderId;
  readonly customerId: CustomerId;
  /** Id of the key by which the client may repeat the request; null for a request without one. */
  readonly keyId: string | null;
  readonly lines: readonly { readonly productId: ProductId; readonly quantity: number }[];
  readonly shippingAddress: PostalAddress | null;
  /** When it ends at the latest. */
  readonly expiresAt: Date;
}

/** How long an order may take to be placed, in milliseconds. */
export const PLACED_WITHIN_MS = 30_000;

/**
 * How long its stock is reserved, in milliseconds of the other process's clock: longer, so that a placement never ends as an order
 * whose stock was released before, but for a process that stands still.
 */
export const RESERVED_FOR_MS = 2 * PLACED_WITHIN_MS;
