// All that other contexts may know of the cart: steps that join the caller's transaction, and their types.
export { checkOut } from './application/check-out.js';
export { discardCart } from './application/discard-cart.js';
export { exportCart } from './application/export-cart.js';
export type { CartRepository } from './application/ports.js';
export type { CartLine } from './domain/cart.js';
