import type { Page, PageRequest } from '#src/kernel/page.js';
import type { Category } from '../domain/category.js';
import type { CategoryReader } from './ports.js';

export const listCategories =
  ({ categories }: { categories: CategoryReader }) =>
  (page: PageRequest): Promise<Page<Category>> =>
    categories.list(page);
