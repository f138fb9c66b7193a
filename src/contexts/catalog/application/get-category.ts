import { fail } from '../domain/errors.js';
import type { Category, CategoryId } from '../domain/category.js';
import type { CategoryReader } from './ports.js';

export const getCategory =
  ({ categories }: { categories: CategoryReader }) =>
  async (id: CategoryId): Promise<Category> => {
    const category = await categories.find(id);
    if (category === null) throw fail('category_not_found');
    return category;
  };
