/** Different products in one cart. */
export const MAX_LINES = 100;
/** Units of one product in one cart. */
export const MAX_QUANTITY = 999;
