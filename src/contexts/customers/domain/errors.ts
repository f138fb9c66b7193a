import { errorCatalogue } from '#src/kernel/errors.js';

export const fail = errorCatalogue({
  customer_not_found: ['not_found', 'There is no such customer.'],
  address_not_found: ['not_found', 'There is no such address in the address book.'],
  unknown_address: ['invalid', 'There is no such address in the address book.'],
  address_book_full: ['conflict', 'No more addresses fit into the address book.'],
});
