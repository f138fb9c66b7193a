import { pageOf } from '#src/kernel/page.js';
import { sortKey } from '#src/kernel/text.js';
import { readPage } from '#src/platform/database/lists.js';
import { deleteVersion, findRow, findRows, insertRow, updateVersion } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { CategoryRepository } from '../../application/ports.js';
import type { Category } from '../../domain/category.js';
import { fail } from '../../domain/errors.js';
import { catalogTables, type CategoryRow } from './catalog-tables.js';

const exists = () => fail('category_exists');
const TAKEN = { categories_nameKey_unique: exists, categories_pkey: exists };
const IN_USE = { products_categoryId_fk: () => fail('category_in_use') };

export const toCategory = ({ nameKey, ...category }: CategoryRow): Category => category;

export const sequelizeCategoryRepository = (scope: SqlScope): CategoryRepository => {
  const { categories } = catalogTables(scope.sequelize);
  return {
    find: async (id) => {
      const row = await findRow(categories, { id }, scope);
      return row && toCategory(row);
    },
    findAll: async ({ ids, names }) => {
      const nameKey = names.map(sortKey);
      // Each by its own index.
      const byId = ids.length === 0 ? [] : await findRows(categories, { where: { id: ids } }, scope);
      const byName = nameKey.length === 0 ? [] : await findRows(categories, { where: { nameKey } }, scope);
      return [...new Map([...byId, ...byName].map((row) => [row.id, toCategory(row)])).values()];
    },
    list: async (page) => {
      const sort = { column: 'nameKey', direction: 'asc', unique: true } as const;
      const rows = await readPage(categories, { sort, page }, scope);
      const { items, next } = pageOf(rows, page.limit, ({ nameKey, id }) => ({ key: nameKey, id }));
      return { items: items.map(toCategory), next };
    },
    add: (category) => insertRow(categories, { ...category, nameKey: sortKey(category.name) }, scope, TAKEN),
    update: ({ id, version, name, description, updatedAt }) =>
      updateVersion(
        categories,
        { id, version },
        { name, nameKey: sortKey(name), description, updatedAt },
        scope,
        TAKEN,
      ),
    remove: ({ id, version }) => deleteVersion(categories, { id, version }, scope, IN_USE),
  };
};
