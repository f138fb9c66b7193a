import { requireVersion, type ExpectedVersion } from '#src/kernel/errors.js';
import type { Work } from '#src/kernel/transact.js';
import type { CategoryId } from '../domain/category.js';
import { getCategory } from './get-category.js';
import type { CatalogPorts } from './ports.js';

/** Fails with `category_not_found`, `precondition_failed`, or `category_in_use` while a product is in it. */
export const deleteCategory =
  (id: CategoryId, expected: ExpectedVersion): Work<CatalogPorts, void> =>
  async ({ categories }) => {
    const category = await getCategory({ categories })(id);
    requireVersion(category.version, expected);
    await categories.remove(category);
  };
