import { LRUCache } from 'lru-cache';
import type { Now } from '#src/kernel/clock.js';
import { isDomainError } from '#src/kernel/errors.js';
import type { ProductId } from '#src/kernel/ids.js';
import type { ProductSummary } from '../../application/ports.js';

type Summarise = (ids: readonly ProductId[]) => Promise<readonly ProductSummary[]>;

/** The latest summaries of products of another process. */
export interface ProductCopies {
  /**
   * Returns the same function, which also stores what it returns. While the other process cannot be reached, it returns copies that
   * are at most ten minutes old, with `asOf`; it fails with `service_unavailable` if there is none of one of the products.
   */
  around(summarise: Summarise): Summarise;
}

export interface ProductCopiesOptions {
  readonly now: Now;
  readonly max?: number;
}

const MAX_AGE_MS = 600_000;

interface Copy {
  readonly summary: ProductSummary;
  readonly asOf: Date;
}

/** About 400 bytes each, longest names and URLs aside. */
export const productCopies = ({ now, max = 10_000 }: ProductCopiesOptions): ProductCopies => {
  const copies = new LRUCache<ProductId, Copy>({ max });

  const keep = (summaries: readonly ProductSummary[], asOf: Date): void => {
    for (const summary of summaries) {
      const known = copies.get(summary.id);
      // Of two calls at once, the later one may have returned first.
      if (known === undefined || known.asOf <= asOf) copies.set(summary.id, { summary, asOf });
    }
  };

  const recall = (ids: readonly ProductId[]): readonly ProductSummary[] | null => {
    const oldest = now().getTime() - MAX_AGE_MS;
    const found = ids.flatMap((id) => {
      const copy = copies.get(id);
      return copy === undefined || copy.asOf.getTime() < oldest ? [] : [{ ...copy.summary, asOf: copy.asOf }];
    });
    return found.length === ids.length ? found : null;
  };

  return {
    around: (summarise) => async (ids) => {
      const asOf = now();
      try {
        const summaries = await summarise(ids);
        keep(summaries, asOf);
        return summaries;
      } catch (error) {
        const copied = isDomainError(error) && error.code === 'service_unavailable' ? recall(ids) : null;
        if (copied === null) throw error;
        return copied;
      }
    },
  };
};
