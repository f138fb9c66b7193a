// All that other contexts may know of the catalogue.
import type { CatalogPorts, CatalogReaders } from './application/ports.js';
import { returnStock } from './application/return-stock.js';
import { summariseProducts } from './application/queries.js';
import { takeStock } from './application/take-stock.js';

export { fail as catalogErrors } from './domain/errors.js';
export type { CatalogEvent } from './domain/events.js';

/** Steps that join the transaction of another context. */
export const catalogOffers = (ports: CatalogPorts) => ({
  takeStock: takeStock(ports),
  returnStock: returnStock(ports),
  summariseProducts: summariseProducts(ports),
});
export type CatalogOffers = ReturnType<typeof catalogOffers>;

/** What queries of another context may read. */
export const catalogQueryOffers = (readers: CatalogReaders) => ({
  summariseProducts: summariseProducts(readers),
});
export type CatalogQueryOffers = ReturnType<typeof catalogQueryOffers>;
