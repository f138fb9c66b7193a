import type { Manager } from '#src/kernel/actor.js';
import type { Now } from '#src/kernel/clock.js';
import { requireVersion, type ExpectedVersion } from '#src/kernel/errors.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { Category, type CategoryContent, type CategoryId } from '../domain/category.js';
import { categoryCreated, categoryDeleted, categoryUpdated } from '../domain/events.js';
import { getCategory } from './queries.js';
import type { CatalogPorts } from './ports.js';

/** Fails with `category_exists`. */
export const createCategory =
  ({ newId, now }: { newId: NewId; now: Now }) =>
  (_by: Manager<'catalog:write'>, content: CategoryContent): Work<CatalogPorts, Category> => {
    const category = Category.create(newId<CategoryId>(), content, now());
    return async ({ categories, events }) => {
      await categories.add(category);
      await events.append(categoryCreated(category));
      return category;
    };
  };

/** Fails with `category_not_found`, `precondition_failed` or `category_exists`. */
export const editCategory =
  ({ now }: { now: Now }) =>
  (
    _by: Manager<'catalog:write'>,
    id: CategoryId,
    content: CategoryContent,
    expected: ExpectedVersion,
  ): Work<CatalogPorts, Category> =>
  async ({ categories, events }) => {
    const category = await getCategory({ categories })(id);
    requireVersion(category.version, expected);
    const edited = Category.edit(category, content, now());
    await categories.update(edited);
    await events.append(categoryUpdated(edited));
    return edited;
  };

/** Fails with `category_not_found`, `precondition_failed`, or `category_in_use` while a product is in it. */
export const deleteCategory =
  ({ now }: { now: Now }) =>
  (_by: Manager<'catalog:write'>, id: CategoryId, expected: ExpectedVersion): Work<CatalogPorts, void> =>
  async ({ categories, events }) => {
    const category = await getCategory({ categories })(id);
    requireVersion(category.version, expected);
    await categories.remove(category);
    await events.append(categoryDeleted(category, now()));
  };
