import type { Route } from '#src/platform/http/routes/route.js';
import { addressRoutes } from './address-routes.js';
import { customerAdminRoutes } from './customer-admin-routes.js';
import type { CustomerRoutesDeps } from './customer-routes-deps.js';
import { profileRoutes } from './profile-routes.js';

/** `/customers/me` comes first: in `/customers/:id` it would be an id that is none. */
export const customerRoutes = (deps: CustomerRoutesDeps): readonly Route[] => [
  ...profileRoutes(deps),
  ...addressRoutes(deps),
  ...customerAdminRoutes(deps),
];
