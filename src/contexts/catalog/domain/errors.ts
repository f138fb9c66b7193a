import { errorCatalogue } from '#src/kernel/errors.js';
import { MAX_STOCK } from './stock.js';

export const fail = errorCatalogue({
  product_not_found: ['not_found', 'The product does not exist.'],
  category_not_found: ['not_found', 'The category does not exist.'],
  unknown_category: ['invalid', 'No category has the id given as categoryId.'],
  category_exists: ['conflict', 'A category with this name already exists.'],
  sku_taken: ['conflict', 'Another product already has this SKU.'],
  category_in_use: ['conflict', 'The category still contains products. Move or delete them first.'],
  out_of_stock: ['conflict', 'The stock is too low for some lines; `lines` names them.'],
  reservation_lapsed: ['conflict', 'The stock that was reserved for this order is not reserved any more.'],
  stock_out_of_range: [
    'conflict',
    `The adjustment would make the stock negative or larger than the maximum of ${String(MAX_STOCK)}.`,
  ],
});
