/** The end of a page of a sorted list: the sort key of its last item and, as the tie-breaker, that item's id. */
export interface Position {
  readonly key: string | number;
  readonly id: string;
}

/** A request for the `limit` items that follow `after` (from the start when it is null). */
export interface PageRequest {
  readonly limit: number;
  readonly after: Position | null;
}

/** Some items in the list's order; `next` is null when no item follows them. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: Position | null;
}

/** Reads a list from start to end; fetches each page when the consumer needs it. `read` returns what follows a position. */
export const pagesFrom = async function* <Item>(
  read: (after: Position | null) => Promise<Page<Item>>,
): AsyncGenerator<readonly Item[]> {
  let after: Position | null = null;
  do {
    const { items, next }: Page<Item> = await read(after);
    yield items;
    after = next;
  } while (after !== null);
};

/** The same by pages of so many items. */
export const pagesOf = <Item>(
  read: (page: PageRequest) => Promise<Page<Item>>,
  limit: number,
): AsyncGenerator<readonly Item[]> => pagesFrom((after) => read({ limit, after }));

/** Cuts a page out of the `limit + 1` rows that were read for it: the extra row only shows that another page follows. */
export const pageOf = <Item>(
  rows: readonly Item[],
  limit: number,
  position: (item: Item) => Position,
): Page<Item> => {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? position(last) : null };
};
