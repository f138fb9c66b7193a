import type { Transact } from '#src/kernel/transact.js';
import { failDatabase } from '#src/platform/database/database-errors.js';
import { replacing } from '#src/platform/lazily.js';
import type { OutboxRepository } from '#src/platform/outbox/outbox.js';
import type { Tags } from '#src/platform/reply-cache/tagged-cache.js';
import type { CategoryRepository, ProductRepository, StockRepository } from '../../application/ports.js';
import type { CatalogCache } from './catalog-cache.js';
import { changes, movementChanges } from '../catalog-tags.js';

/** The repositories through which the catalogue and its recorded changes are written. */
export interface WatchedRepositories {
  readonly products: ProductRepository;
  readonly stock: StockRepository;
  readonly categories: CategoryRepository;
  readonly outbox: OutboxRepository;
}

/**
 * Maximum number of milliseconds from the first change of the catalogue to the end of the work. Other processes look for changes
 * no farther back than `WINDOW_MS`, which leaves time for COMMIT and for the difference of the clocks.
 */
export const LONGEST_CHANGE_MS = 15_000;

/** What a transaction changes of the catalogue. */
const transactionChanges = (clock: () => number) => {
  const tags = new Set<string>();
  /** Under which the current attempt has recorded it. */
  const ids = new Set<string>();
  let since: number | undefined;
  return {
    tags,
    ids,
    /** Begins another attempt: the previous one was rolled back. */
    begin: (): void => {
      ids.clear();
      since = undefined;
    },
    add: (changed: Tags, recordedAs: readonly string[] = []): void => {
      if (changed.length + recordedAs.length > 0) since ??= clock();
      for (const tag of changed) tags.add(tag);
      for (const id of recordedAs) ids.add(id);
    },
    requireShort: (): void => {
      if (since !== undefined && clock() - since > LONGEST_CHANGE_MS) throw failDatabase('busy');
    },
  };
};

const recording = <Ports extends WatchedRepositories>(
  ports: Ports,
  changed: (tags: Tags, ids?: readonly string[]) => void,
): Ports => {
  const products = (original: ProductRepository): ProductRepository => ({
    ...original,
    add: (product) => {
      changed(changes.product(product.id));
      return original.add(product);
    },
    update: (product, ...others) => {
      changed(changes.product(product.id));
      return original.update(product, ...others);
    },
    addAll: (added) => {
      changed(added.flatMap(({ id }) => changes.product(id)));
      return original.addAll(added);
    },
    updateAll: (edited) => {
      changed(edited.flatMap(({ product: { id } }) => changes.product(id)));
      return original.updateAll(edited);
    },
    withdraw: (product) => {
      changed(changes.product(product.id));
      return original.withdraw(product);
    },
  });
  const stock = (original: StockRepository): StockRepository => ({
    ...original,
    record: (movements) => {
      changed(
        movements.flatMap(movementChanges),
        movements.map(({ id }) => id),
      );
      return original.record(movements);
    },
  });
  const categories = (original: CategoryRepository): CategoryRepository => ({
    ...original,
    add: (category) => {
      changed(changes.categories());
      return original.add(category);
    },
    update: (category) => {
      changed(changes.categories());
      return original.update(category);
    },
    remove: (category) => {
      changed(changes.categories());
      return original.remove(category);
    },
  });
  const outbox = (original: OutboxRepository): OutboxRepository => ({
    ...original,
    add: (events) => {
      changed(
        [],
        events.flatMap(({ id, type }) => (/^(?:product|category)\./.test(type) ? [id] : [])),
      );
      return original.add(events);
    },
  });
  return replacing<WatchedRepositories>(ports, {
    products: () => products(ports.products),
    stock: () => stock(ports.stock),
    categories: () => categories(ports.categories),
    outbox: () => outbox(ports.outbox),
  }) as Ports;
};

/**
 * Returns the same transactions, each of which outdates what the cache shows of its changes once it has ended: after COMMIT,
 * before anybody learns of it. One that fails does so too, because its COMMIT may have happened.
 */
export const tellCache =
  <Ports extends WatchedRepositories>(
    transact: Transact<Ports>,
    cache: Pick<CatalogCache, 'changed' | 'applied'>,
    clock: () => number = () => performance.now(),
  ): Transact<Ports> =>
  async (work) => {
    const made = transactionChanges(clock);
    try {
      const result = await transact(async (ports) => {
        made.begin();
        const worked = await work(recording(ports, made.add));
        made.requireShort();
        return worked;
      });
      if (made.ids.size > 0) cache.applied([...made.ids]);
      return result;
    } finally {
      if (made.tags.size > 0) cache.changed([...made.tags]);
    }
  };
