import { EXAMPLE_CATEGORY, EXAMPLE_NEW_CATEGORY } from '#src/kernel/examples.js';
import { pagingSearch, page, pageRequest } from '#src/platform/http/lists/list.js';
import { parseVersionTag, versionTag } from '#src/platform/http/pipeline/preconditions.js';
import { created, noContent, ok } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import { idParam } from '#src/platform/http/routes/schemas.js';
import { object, text } from '#src/platform/schema/schema.js';
import { createCategory, deleteCategory, editCategory } from '../../application/categories.js';
import { getCategory, listCategories } from '../../application/queries.js';
import type { Category, CategoryId } from '../../domain/category.js';
import { fail } from '../../domain/errors.js';
import { shows } from '../catalog-tags.js';
import { catalogCache, type CatalogRouteDeps } from './catalog-deps.js';
import { categoryBody, categoryPage, viewCategory } from './category-view.js';

const contentFields = {
  name: text(120).description('Unique in the shop; letter case is ignored'),
  description: text(2000, { blank: true }).default('').description('Text for customers; may be empty'),
};
const newBody = object('CategoryCreate', contentFields, { description: 'A category to create' }).example({
  name: EXAMPLE_NEW_CATEGORY.name,
  description: 'For the kitchen.',
});
const replacementBody = object('CategoryReplace', contentFields, {
  description: 'The new content of a category',
}).example({ name: EXAMPLE_CATEGORY.name, description: 'Beans and ground coffee.' });
const categoryParam = idParam<CategoryId>(EXAMPLE_CATEGORY.id);

const etagOf = ({ version }: Category) => ({ etag: versionTag(version) });
const show = (category: Category) => ok(viewCategory(category), etagOf(category));

export const categoryRoutes = ({
  transact,
  categories,
  newId,
  now,
  sharedCacheTtl,
  replies,
}: CatalogRouteDeps): readonly Route[] => {
  const cache = catalogCache({ sharedCacheTtl });
  const cached = { in: replies, tags: shows.categories };
  return [
    route({
      method: 'get',
      path: '/categories',
      operationId: 'listCategories',
      tag: 'Catalog',
      access: 'anyone',
      summary: 'List categories',
      description: 'Sorted by name.',
      search: pagingSearch,
      replies: { 200: { body: categoryPage, headers: ['Link'] } },
      cache,
      cached,
      query: (input) => listCategories({ categories })(pageRequest(input, 'text')),
      reply: (found, input) => page(found, viewCategory, input),
    }),
    route({
      method: 'get',
      path: '/categories/:id',
      operationId: 'getCategory',
      tag: 'Catalog',
      access: 'anyone',
      summary: 'Get a category',
      description: 'Returns one category. To list its products, use `GET /products?category=`.',
      params: categoryParam,
      replies: { 200: { body: categoryBody, headers: ['ETag'] } },
      errors: fail.pick('category_not_found'),
      cache,
      cached,
      query: ({ params }) => getCategory({ categories })(params.id),
      reply: show,
    }),
    route({
      method: 'post',
      path: '/categories',
      operationId: 'createCategory',
      tag: 'Catalog',
      access: 'admin',
      scope: 'catalog:write',
      summary: 'Create a category',
      description: 'The name must be unique in the shop.',
      body: newBody,
      replies: {
        201: {
          body: categoryBody,
          headers: ['Location', 'ETag'],
          example: { ...EXAMPLE_NEW_CATEGORY, description: 'For the kitchen.' },
        },
      },
      errors: fail.pick('category_exists'),
      transact,
      command: ({ actor, body }) => createCategory({ newId, now })(actor, body),
      audit: { action: 'category.created', subject: ({ id }) => id },
      reply: (category) => created(`/categories/${category.id}`, viewCategory(category), etagOf(category)),
    }),
    route({
      method: 'put',
      path: '/categories/:id',
      operationId: 'replaceCategory',
      tag: 'Catalog',
      access: 'admin',
      scope: 'catalog:write',
      summary: 'Replace a category',
      description:
        'With `If-Match`, the change is made only if the category has not changed since you read its `ETag`.',
      params: categoryParam,
      body: replacementBody,
      ifMatch: parseVersionTag,
      replies: { 200: { body: categoryBody, headers: ['ETag'] } },
      errors: fail.pick('category_not_found', 'category_exists'),
      transact,
      command: ({ actor, params, body, ifMatch }) => editCategory({ now })(actor, params.id, body, ifMatch),
      audit: { action: 'category.changed', subject: (_, { params }) => params.id },
      reply: show,
    }),
    route({
      method: 'delete',
      path: '/categories/:id',
      operationId: 'deleteCategory',
      tag: 'Catalog',
      access: 'admin',
      scope: 'catalog:write',
      summary: 'Delete an empty category',
      description:
        'A category that contains products is refused with 409 `category_in_use`: move or delete them first.',
      params: idParam<CategoryId>(EXAMPLE_NEW_CATEGORY.id),
      ifMatch: parseVersionTag,
      replies: { 204: {} },
      errors: fail.pick('category_not_found', 'category_in_use'),
      transact,
      command: ({ actor, params, ifMatch }) => deleteCategory({ now })(actor, params.id, ifMatch),
      audit: { action: 'category.deleted', subject: (_, { params }) => params.id },
      reply: noContent,
    }),
  ];
};
