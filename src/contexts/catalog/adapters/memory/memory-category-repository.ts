import { pageOf } from '#src/kernel/page.js';
import { sortKey } from '#src/kernel/text.js';
import { pageOfRows } from '#src/platform/memory/page.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { deleteVersion, updateVersion } from '#src/platform/memory/versions.js';
import type { CategoryRepository } from '../../application/ports.js';
import { fail } from '../../domain/errors.js';
import { categoryTable } from './memory-catalog-tables.js';

const exists = () => fail('category_exists');
const TAKEN = { categories_nameKey_unique: exists, categories_pkey: exists };
const IN_USE = { products_categoryId_fk: () => fail('category_in_use') };

export const memoryCategoryRepository = (scope: MemoryScope): CategoryRepository => {
  const categories = scope.table(categoryTable);
  return {
    find: (id) => categories.find(id),
    findAll: ({ ids, names }) => {
      const keys = new Set(names.map(sortKey));
      return categories.all(({ id, name }) => ids.includes(id) || keys.has(sortKey(name)));
    },
    list: async (page) => {
      const rows = pageOfRows(await categories.all(), {
        sort: ({ name }) => sortKey(name),
        id: ({ id }) => id,
        direction: 'asc',
        page,
      });
      return pageOf(rows, page.limit, ({ name, id }) => ({ key: sortKey(name), id }));
    },
    add: (category) => categories.insert(category, TAKEN),
    update: (category) => updateVersion(categories, category.id, category.version, category, TAKEN),
    remove: ({ id, version }) => deleteVersion(categories, id, version, IN_USE),
  };
};
