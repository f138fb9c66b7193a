import { sortKey } from '#src/kernel/text.js';

/** Visible characters of ASCII without a space, so that a label, a URL and a spreadsheet hold a SKU as it is. */
export const SKU_CHARACTERS = /^[!-~]+$/;
export const MAX_SKU = 64;

/** Returns the key by which SKUs are compared: letter case makes no difference, as in the names of categories. */
export const skuKey = (sku: string): string => sortKey(sku);
