import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Category } from '../domain/category.js';
import type { CategoryRepository } from './ports.js';

export const listCategories =
  ({ categories }: { categories: CategoryRepository }) =>
  (page: PageRequest): Promise<Page<Category>> =>
    categories.list(page);
