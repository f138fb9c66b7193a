import type { Now } from '#src/kernel/clock.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Currency } from '#src/kernel/money.js';
import type { Transact } from '#src/kernel/transact.js';
import type { CommandPorts } from '#src/platform/http/pipeline/run-command.js';
import type { ReplyCache } from '#src/platform/reply-cache/reply-cache.js';
import type { CatalogReaders, ImportPorts, ImportReader } from '../../application/ports.js';

/** What the catalogue's routes work with: readers for queries, and `transact` for commands. */
export interface CatalogRouteDeps extends CatalogReaders {
  readonly imports: ImportReader;
  readonly transact: Transact<ImportPorts & CommandPorts>;
  readonly newId: NewId;
  readonly now: Now;
  readonly currency: Currency;
  /** For how many seconds a shared cache may answer with what it has, without asking. */
  readonly sharedCacheTtl: number;
  /** Null if every request reads the store. */
  readonly replies: ReplyCache | null;
}

/**
 * `Cache-Control` of the catalogue: a browser asks each time, by the `ETag`, so that it shows its user's own changes; a shared
 * cache asks when the time is over. Not `no-cache`, which would hold for shared caches too (RFC 9111 §5.2.2.4).
 */
export const catalogCache = ({ sharedCacheTtl }: Pick<CatalogRouteDeps, 'sharedCacheTtl'>): string =>
  `public, max-age=0, must-revalidate, s-maxage=${String(sharedCacheTtl)}`;
