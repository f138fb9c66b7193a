import { returnStock, takeStock, type CatalogPorts } from '#src/contexts/catalog/public.js';
import type { Stock } from '../../application/ports.js';

/** The catalogue's stock, moved in the order's own transaction. */
export const catalogStock = (ports: CatalogPorts): Stock => ({
  take: takeStock(ports),
  giveBack: returnStock(ports),
});
