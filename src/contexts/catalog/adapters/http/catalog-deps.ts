import type { Currency } from '../../../../kernel/money.js';
import type { Transact } from '../../../../kernel/transact.js';
import type { CommandPorts } from '../../../../platform/http/route.js';
import type { CatalogPorts } from '../../application/ports.js';

/** What the catalogue's rows work with: its ports bound to no transaction for queries, and `transact` for commands. */
export interface CatalogRouteDeps extends CatalogPorts {
  readonly transact: Transact<CatalogPorts & CommandPorts>;
  readonly currency: Currency;
}

/** For this long caches may answer anybody without asking; afterwards they ask again by the `ETag`. */
export const CATALOG_CACHE = 'public, max-age=10';
