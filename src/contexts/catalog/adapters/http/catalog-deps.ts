import type { Currency } from '../../../../kernel/money.js';
import type { Transact } from '../../../../kernel/transact.js';
import type { CommandPorts } from '../../../../platform/http/run-command.js';
import type { CatalogPorts } from '../../application/ports.js';

/** What the catalogue's rows work with: its ports bound to no transaction for queries, and `transact` for commands. */
export interface CatalogRouteDeps extends CatalogPorts {
  readonly transact: Transact<CatalogPorts & CommandPorts>;
  readonly currency: Currency;
  /** For how many seconds a shared cache may answer with what it has, without asking. */
  readonly sharedCacheTtl: number;
}

/**
 * `Cache-Control` of the catalogue: a browser asks each time, by the `ETag`, so that it shows its user's own changes; a shared
 * cache asks when the time is over. Not `no-cache`, which would hold for shared caches too (RFC 9111 §5.2.2.4).
 */
export const catalogCache = ({ sharedCacheTtl }: Pick<CatalogRouteDeps, 'sharedCacheTtl'>): string =>
  `public, max-age=0, must-revalidate, s-maxage=${String(sharedCacheTtl)}`;
