import { sortKey } from '#src/kernel/text.js';

/** Visible ASCII characters without a space, so that a label, a URL and a spreadsheet show a SKU unchanged. */
export const SKU_CHARACTERS = /^[!-~]+$/;
export const MAX_SKU = 64;

/** Returns the key by which SKUs are compared: letter case makes no difference, as in the names of categories. */
export const skuKey = (sku: string): string => sortKey(sku);
