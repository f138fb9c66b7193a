import type { Now } from '#src/kernel/clock.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { Category, type CategoryContent, type CategoryId } from '../domain/category.js';
import type { CatalogPorts } from './ports.js';

/** Fails with `category_exists`. */
export const createCategory =
  ({ newId, now }: { newId: NewId; now: Now }) =>
  (content: CategoryContent): Work<CatalogPorts, Category> => {
    const category = Category.create(newId<CategoryId>(), content, now());
    return async ({ categories }) => {
      await categories.add(category);
      return category;
    };
  };
