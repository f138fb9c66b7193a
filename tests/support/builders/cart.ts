import type { CustomerId, ProductId } from '#src/kernel/ids.js';
import { Money, type Currency } from '#src/kernel/money.js';
import type { Cart, CartLine } from '#src/contexts/cart/domain/cart.js';
import type { CartProduct } from '#src/contexts/cart/domain/priced-cart.js';
import { newId } from './ids.js';

const USD: Currency = { code: 'USD', digits: 2 };

export const aCart = (cart: Partial<Cart> = {}): Cart => ({
  customerId: newId<CustomerId>(),
  lines: [],
  version: 1,
  ...cart,
});

let lines = 0;

/** A line that comes after all that were made before it. */
export const aCartLine = (line: Partial<CartLine> = {}): CartLine => ({
  productId: newId<ProductId>(),
  quantity: 1,
  position: (lines += 1),
  ...line,
});

/** A product as the catalogue describes it to the cart; its price in cents. */
export const aCartProduct = ({
  cents = 1000,
  ...product
}: Partial<Omit<CartProduct, 'price'>> & { readonly cents?: number } = {}): CartProduct => ({
  id: newId<ProductId>(),
  name: 'Teapot',
  price: Money.of(cents, USD),
  imageUrl: null,
  available: 5,
  gone: false,
  asOf: null,
  ...product,
});
