import { errorCatalogue } from '#src/kernel/errors.js';
import { EXAMPLE_PRODUCT } from '#src/kernel/examples.js';
import { MAX_STOCK } from './stock.js';

export const fail = errorCatalogue({
  product_not_found: ['not_found', 'The product does not exist.'],
  category_not_found: ['not_found', 'The category does not exist.'],
  unknown_category: ['invalid', 'No category has the id given as categoryId.'],
  category_exists: ['conflict', 'A category with this name already exists.'],
  sku_taken: ['conflict', 'Another product already has this SKU.'],
  category_in_use: ['conflict', 'The category still contains products. Move or delete them first.'],
  import_not_found: ['not_found', 'The import does not exist.'],
  import_empty: ['invalid', 'The file has no rows.'],
  invalid_import: [
    'invalid',
    'The file cannot be read; `reason` says why, and `line` where. Nothing was imported.',
    {
      line: {
        type: 'integer',
        description: 'Line of the file at which what is wrong begins; the first one is 1',
        example: 3,
      },
      reason: {
        type: 'string',
        description: 'What is wrong; can be shown to people',
        example: 'A quotation mark is not closed.',
      },
    },
  ],
  import_too_large: [
    'invalid',
    'The file has more than 1,000,000 rows or 256 MiB. Nothing was imported: split it.',
  ],
  too_many_imports: [
    'conflict',
    'Too many imports are under way. Wait until one has ended, or cancel one.',
    { limit: { type: 'integer', description: 'Maximum number of imports under way', example: 10 } },
  ],
  import_ended: [
    'conflict',
    'The import has ended.',
    {
      importStatus: {
        type: 'string',
        enum: ['running', 'finished', 'cancelled', 'failed'],
        description: 'Status of the import',
        example: 'finished',
      },
    },
  ],
  out_of_stock: [
    'conflict',
    'The stock is too low for some lines; `lines` names them.',
    {
      lines: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            productId: { type: 'string', format: 'uuid', description: 'Id of the product' },
            requested: { type: 'integer', description: 'Number of units in the cart' },
            available: {
              type: 'integer',
              description: 'Number of units in stock; 0 if the product was deleted',
            },
          },
        },
        description: 'Every line whose stock is too low',
        example: [{ productId: EXAMPLE_PRODUCT.id, requested: 200, available: EXAMPLE_PRODUCT.quantity }],
      },
    },
  ],
  reservation_lapsed: [
    'conflict',
    'The stock that was reserved for this order is not reserved any more.',
    { orderId: { type: 'string', format: 'uuid', description: 'Id of the order' } },
  ],
  stock_out_of_range: [
    'conflict',
    `The adjustment would make the stock negative or larger than the maximum of ${String(MAX_STOCK)}.`,
    {
      productId: {
        type: 'string',
        format: 'uuid',
        description: 'Id of the product',
        example: EXAMPLE_PRODUCT.id,
      },
      delta: { type: 'integer', minimum: -MAX_STOCK, description: 'The requested change', example: -200 },
    },
  ],
});
