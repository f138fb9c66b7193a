// All that other contexts may know of the catalogue: steps that join the caller's transaction, and their types.
export { fail as catalogErrors } from './domain/errors.js';
export { takeStock, type SoldLine, type WantedLine } from './application/take-stock.js';
export { returnStock } from './application/return-stock.js';
export { summariseProducts } from './application/summarise-products.js';
export type { CatalogEvent } from './domain/events.js';
export type { CatalogPorts, ProductReader, ProductSummary } from './application/ports.js';
