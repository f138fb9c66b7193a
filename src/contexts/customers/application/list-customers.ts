import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Customer } from '../domain/customer.js';
import type { CustomerFilter, CustomerRepository } from './ports.js';

export const listCustomers =
  ({ customers }: { customers: CustomerRepository }) =>
  (filter: CustomerFilter, page: PageRequest): Promise<Page<Customer>> =>
    customers.list(filter, page);
