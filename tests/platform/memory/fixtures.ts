import { errorCatalogue } from '#src/kernel/errors.js';
import type { MemoryScope } from '#src/platform/memory/store.js';
import { memoryTable } from '#src/platform/memory/table.js';

export interface Shelf {
  readonly id: string;
  readonly label: string | null;
  readonly count: number;
  readonly version: number;
}

export interface Book {
  readonly id: string;
  readonly shelfId: string | null;
  readonly tags: readonly string[];
  readonly boughtAt: Date;
}

export const shelves = memoryTable<Shelf>({
  name: 'shelves',
  key: ({ id }) => id,
  unique: { shelves_label: ({ label }) => label },
});

export const books = memoryTable<Book>({
  name: 'books',
  key: ({ id }) => id,
  references: { books_shelf: { table: () => shelves, key: ({ shelfId }) => shelfId } },
});

export const aShelf = (some: Partial<Shelf> = {}): Shelf => ({
  id: 's1',
  label: null,
  count: 0,
  version: 1,
  ...some,
});

export const aBook = (some: Partial<Book> = {}): Book => ({
  id: 'b1',
  shelfId: null,
  tags: ['blue'],
  boughtAt: new Date('2026-01-02T03:04:05.678Z'),
  ...some,
});

export const fail = errorCatalogue({
  label_taken: ['conflict', 'Another shelf has this label.'],
  shelf_in_use: ['conflict', 'There are books on it.'],
  no_such_shelf: ['invalid', 'There is no such shelf.'],
});

/** Adds rows in a transaction: `await transact(put({ shelves: [aShelf()] }))`. */
export const put =
  (rows: { readonly shelves?: readonly Shelf[]; readonly books?: readonly Book[] }) =>
  async (scope: MemoryScope): Promise<void> => {
    for (const shelf of rows.shelves ?? []) await scope.table(shelves).insert(shelf);
    for (const book of rows.books ?? []) await scope.table(books).insert(book);
  };

/** A promise and what resolves it: lets a test hold a transaction open until it has seen what it wants to see. */
export const gate = (): { readonly opened: Promise<void>; readonly open: () => void } => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    opened,
    open: () => {
      open();
    },
  };
};

/** The store runs on microtasks alone: after one turn of the event loop, whatever is not waiting has finished. */
export const allThatCanRun = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a promise was rejected with; fails when it was not. */
export const rejection = async (promise: Promise<unknown>): Promise<Error> => {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error('expected a rejection with an Error');
};
