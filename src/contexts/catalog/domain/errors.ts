import { errorCatalogue } from '#src/kernel/errors.js';

export const fail = errorCatalogue({
  product_not_found: ['not_found', 'There is no such product.'],
  category_not_found: ['not_found', 'There is no such category.'],
  unknown_category: ['invalid', 'The product names a category that does not exist.'],
  category_exists: ['conflict', 'There is a category of that name already.'],
  sku_taken: ['conflict', 'Another product in the shop has that SKU.'],
  category_in_use: ['conflict', 'There are still products in the category.'],
  out_of_stock: ['conflict', 'There is not enough stock for some lines.'],
  stock_out_of_range: [
    'conflict',
    'The adjustment would leave less than nothing, or more than can be counted.',
  ],
});
