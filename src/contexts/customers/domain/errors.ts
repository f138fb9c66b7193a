import { errorCatalogue } from '#src/kernel/errors.js';
import { MAX_ADDRESSES } from './limits.js';

export const fail = errorCatalogue({
  customer_not_found: ['not_found', 'The customer does not exist.'],
  address_not_found: ['not_found', 'No address in the address book has this id.'],
  unknown_address: ['invalid', 'No address in the address book has this id.'],
  address_book_full: [
    'conflict',
    `The address book already holds the maximum of ${String(MAX_ADDRESSES)} addresses.`,
    { limit: { type: 'integer', description: 'Maximum number of addresses', example: MAX_ADDRESSES } },
  ],
});
