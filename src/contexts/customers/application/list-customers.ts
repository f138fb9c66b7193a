import type { Page, PageRequest } from '#src/kernel/page.js';
import { searchWords } from '#src/kernel/text.js';
import type { Customer } from '../domain/customer.js';
import type { CustomerFilter, CustomerReader } from './ports.js';

/** Whether a list is a search: no index leads to its customers, and a store may read all of them for a page. */
export const isSearch = ({ text = '' }: CustomerFilter): boolean => searchWords(text).length > 0;

export const listCustomers =
  ({ customers }: { customers: CustomerReader }) =>
  (filter: CustomerFilter, page: PageRequest): Promise<Page<Customer>> =>
    customers.list(filter, page);
