import type { Now } from '#src/kernel/clock.js';
import { requireVersion, type ExpectedVersion } from '#src/kernel/errors.js';
import type { Work } from '#src/kernel/transact.js';
import { Category, type CategoryContent, type CategoryId } from '../domain/category.js';
import { getCategory } from './get-category.js';
import type { CatalogPorts } from './ports.js';

/** Fails with `category_not_found`, `precondition_failed` or `category_exists`. */
export const editCategory =
  ({ now }: { now: Now }) =>
  (id: CategoryId, content: CategoryContent, expected: ExpectedVersion): Work<CatalogPorts, Category> =>
  async ({ categories }) => {
    const category = await getCategory({ categories })(id);
    requireVersion(category.version, expected);
    const edited = Category.edit(category, content, now());
    await categories.update(edited);
    return edited;
  };
