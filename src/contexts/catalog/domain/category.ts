import type { Brand } from '#src/kernel/brand.js';

export type CategoryId = Brand<string, 'CategoryId'>;

export interface Category {
  readonly id: CategoryId;
  /** Unique in the shop; letter case is ignored: by its `sortKey`, so that accents make another name. */
  readonly name: string;
  readonly description: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type CategoryContent = Pick<Category, 'name' | 'description'>;

const create = (id: CategoryId, content: CategoryContent, at: Date): Category => ({
  ...content,
  id,
  version: 1,
  createdAt: at,
  updatedAt: at,
});

const edit = (category: Category, content: CategoryContent, at: Date): Category => ({
  ...category,
  ...content,
  version: category.version + 1,
  updatedAt: at,
});

export const Category = { create, edit };
