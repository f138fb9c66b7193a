import type { Route } from '#src/platform/http/routes/route.js';
import type { CatalogRouteDeps } from './catalog-deps.js';
import { categoryRoutes } from './category-routes.js';
import { demoPictureRoutes } from './demo-picture-routes.js';
import { importRoutes } from './import-routes.js';
import { productRoutes } from './product-routes.js';
import { stockRoutes } from './stock-routes.js';

export const catalogRoutes = (deps: CatalogRouteDeps): readonly Route[] => [
  ...importRoutes(deps), // before the one that takes any word for the id of a product
  ...productRoutes(deps),
  ...stockRoutes(deps),
  ...categoryRoutes(deps),
  ...demoPictureRoutes(),
];
