import {
  EXAMPLE_NEW_PRODUCT,
  EXAMPLE_OTHER_CATEGORY,
  EXAMPLE_PRODUCT,
  EXAMPLE_SOLD_OUT_PRODUCT,
} from '#src/kernel/examples.js';
import { page, pageRequest } from '#src/platform/http/lists/list.js';
import { created, noContent, ok } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import { idParam } from '#src/platform/http/routes/schemas.js';
import { createProduct } from '../../application/create-product.js';
import { deleteProduct } from '../../application/delete-product.js';
import { editProduct } from '../../application/edit-product.js';
import { getProduct, listProducts } from '../../application/queries.js';
import type { ProductDetails } from '../../application/ports.js';
import { fail } from '../../domain/errors.js';
import { shows } from '../catalog-tags.js';
import { catalogCache, type CatalogRouteDeps } from './catalog-deps.js';
import {
  priced,
  pricedIfGiven,
  productBodies,
  productFilter,
  productSearch,
  sortKind,
} from './product-input.js';
import { parseProductTag, productBody, productPage, productTag, viewProduct } from './product-view.js';

const IF_MATCH = `With \`If-Match\`, the change is made only if the product has not been edited since you read its \`ETag\`.
Sales, stock adjustments and changes of its category do not count as edits.`;

const show = (details: ProductDetails) => ok(viewProduct(details), { etag: productTag(details) });

export const productRoutes = ({
  transact,
  products,
  newId,
  now,
  currency,
  sharedCacheTtl,
  replies,
}: CatalogRouteDeps): readonly Route[] => {
  const cache = catalogCache({ sharedCacheTtl });
  const bodies = productBodies(currency);
  return [
    route({
      method: 'get',
      path: '/products',
      operationId: 'listProducts',
      tag: 'Catalog',
      access: 'anyone',
      summary: 'List and search products',
      description:
        'Sorted by creation, the latest first, unless `sort` is given. Filters can be combined; a product must match ' +
        'all of them.',
      search: productSearch(currency),
      cost: { parameters: { q: 9, minPrice: 1, maxPrice: 1, inStock: 1 } },
      replies: { 200: { body: productPage, headers: ['Link'] } },
      cache,
      cached: {
        in: replies,
        tags: ({ body }, { inStock }) =>
          shows.products(
            body.items.map(({ id }) => id),
            { byStock: inStock !== undefined },
          ),
      },
      query: ({ search, request }) =>
        listProducts({ products })(
          productFilter(search, currency),
          search.sort,
          pageRequest({ search, request }, sortKind(search.sort)),
        ),
      reply: (found, input) => page(found, viewProduct, input),
    }),
    route({
      method: 'get',
      path: '/products/:id',
      operationId: 'getProduct',
      tag: 'Catalog',
      access: 'anyone',
      summary: 'Get a product',
      description: 'Returns the product with its current stock and category.',
      params: idParam(EXAMPLE_PRODUCT.id),
      replies: { 200: { body: productBody, headers: ['ETag'] } },
      errors: fail.pick('product_not_found'),
      cache,
      cached: { in: replies, tags: ({ body }) => shows.product(body.id) },
      query: ({ params }) => getProduct({ products })(params.id),
      reply: show,
    }),
    route({
      method: 'post',
      path: '/products',
      operationId: 'createProduct',
      tag: 'Catalog',
      access: 'admin',
      scope: 'catalog:write',
      summary: 'Create a product',
      description:
        'A `quantity` above 0 is the first movement of the stock ledger, with the reason `initial`.',
      body: bodies.create,
      replies: {
        201: {
          body: productBody,
          headers: ['Location', 'ETag'],
          example: { ...EXAMPLE_NEW_PRODUCT, category: EXAMPLE_OTHER_CATEGORY, quantity: 10 },
        },
      },
      errors: fail.pick('unknown_category', 'sku_taken'),
      transact,
      command: ({ actor, body }) => createProduct({ newId, now })(actor, priced(currency)(body)),
      audit: { action: 'product.created', subject: ({ product }) => product.id },
      reply: (details) =>
        created(`/products/${details.product.id}`, viewProduct(details), { etag: productTag(details) }),
    }),
    route({
      method: 'put',
      path: '/products/:id',
      operationId: 'replaceProduct',
      tag: 'Catalog',
      access: 'admin',
      scope: 'catalog:write',
      summary: 'Replace a product',
      description: `Without \`sku\`, \`categoryId\` or \`imageUrl\` the product has none. The stock changes only
if \`quantity\` is given, which sets it: the ledger records the difference with the reason \`edit\`.

${IF_MATCH}`,
      params: idParam(EXAMPLE_PRODUCT.id),
      body: bodies.replace,
      ifMatch: parseProductTag,
      replies: { 200: { body: productBody, headers: ['ETag'] } },
      errors: fail.pick('product_not_found', 'unknown_category', 'sku_taken'),
      transact,
      command: ({ actor, params, body, ifMatch }) =>
        editProduct({ now })(actor, params.id, priced(currency)(body), ifMatch),
      audit: { action: 'product.changed', subject: (_, { params }) => params.id },
      reply: show,
    }),
    route({
      method: 'patch',
      path: '/products/:id',
      operationId: 'changeProduct',
      tag: 'Catalog',
      access: 'admin',
      scope: 'catalog:write',
      summary: 'Update a product',
      description: `Absent fields stay as they are; \`null\` removes the category, the SKU or the image. A \`quantity\`
sets the stock: the ledger records the difference with the reason \`edit\`.

${IF_MATCH}`,
      params: idParam(EXAMPLE_PRODUCT.id),
      body: bodies.change,
      ifMatch: parseProductTag,
      replies: { 200: { body: productBody, headers: ['ETag'] } },
      errors: fail.pick('product_not_found', 'unknown_category', 'sku_taken'),
      transact,
      command: ({ actor, params, body, ifMatch }) =>
        editProduct({ now })(actor, params.id, pricedIfGiven(currency)(body), ifMatch),
      audit: { action: 'product.changed', subject: (_, { params }) => params.id },
      reply: show,
    }),
    route({
      method: 'delete',
      path: '/products/:id',
      operationId: 'deleteProduct',
      tag: 'Catalog',
      access: 'admin',
      scope: 'catalog:write',
      summary: 'Delete a product',
      description: `The product is no longer found (404) and no longer keeps its category from being deleted. Existing orders still
show it, carts show it as unavailable, and its stock ledger can still be read.

${IF_MATCH}`,
      params: idParam(EXAMPLE_SOLD_OUT_PRODUCT.id),
      ifMatch: parseProductTag,
      replies: { 204: {} },
      errors: fail.pick('product_not_found'),
      transact,
      command: ({ actor, params, ifMatch }) => deleteProduct({ now })(actor, params.id, ifMatch),
      audit: { action: 'product.deleted', subject: (_, { params }) => params.id },
      reply: noContent,
    }),
  ];
};
