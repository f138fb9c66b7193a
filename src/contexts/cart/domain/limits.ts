/** Maximum number of different products in one cart. */
export const MAX_LINES = 100;
/** Maximum number of units of one product in one cart. */
export const MAX_QUANTITY = 999;
