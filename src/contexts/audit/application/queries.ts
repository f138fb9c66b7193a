import type { Manager } from '#src/kernel/actor.js';
import type { UserId } from '#src/kernel/ids.js';
import { type Page, type PageRequest, pagesOf } from '#src/kernel/page.js';
import { compareText } from '#src/kernel/text.js';
import type { Entry } from '../domain/entry.js';
import type { EntryFilter, EntryReader } from './ports.js';

/**
 * Whether a list is a search: no index leads to its entries, and a store may read all of one actor, say, for a page of
 * those about one subject.
 */
export const isSearch = ({ actor, action, subject }: EntryFilter): boolean =>
  [actor, action, subject].filter(Boolean).length > 1;

export const listEntries =
  ({ entries }: { entries: EntryReader }) =>
  (_by: Manager, filter: EntryFilter, page: PageRequest): Promise<Page<Entry>> =>
    entries.list(filter, page);

const latestFirst = (a: Entry, b: Entry): number =>
  b.at.getTime() - a.at.getTime() || compareText(b.id, a.id);

/** A list that is being read: the entries of its page that have not been passed on, and where the next page comes from. */
interface Source {
  readonly pages: AsyncIterator<readonly Entry[]>;
  readonly wanted: (entry: Entry) => boolean;
  entries: readonly Entry[];
}

/** Reads on until the source has an entry; false when it has come to its end. */
const fill = async (source: Source): Promise<boolean> => {
  while (source.entries.length === 0) {
    const page = await source.pages.next();
    if (page.done === true) return false;
    source.entries = page.value.filter(source.wanted);
  }
  return true;
};

/** Takes what is known to come next: the entries up to the last of the page that ends first. */
const takeNext = (sources: readonly Source[]): readonly Entry[] => {
  const ends = sources.flatMap(({ entries }) => entries.slice(-1)).sort(latestFirst);
  const isDue = (entry: Entry): boolean => ends[0] !== undefined && latestFirst(entry, ends[0]) <= 0;
  const due = sources.flatMap(({ entries }) => entries.filter(isDue)).sort(latestFirst);
  for (const source of sources) source.entries = source.entries.filter((entry) => !isDue(entry));
  return due;
};

/**
 * Reads all that a person did and all that was done to them, the latest first, each page by a statement of its own. What
 * is recorded meanwhile is not shown.
 */
export const entryPages = ({ entries }: { entries: EntryReader }) =>
  async function* (person: UserId, limit: number): AsyncGenerator<readonly Entry[]> {
    const read = (filter: EntryFilter) => pagesOf((page) => entries.list(filter, page), limit);
    const done: Source = { pages: read({ actor: person }), wanted: () => true, entries: [] };
    const suffered: Source = {
      pages: read({ subject: person }),
      wanted: ({ actorId }) => actorId !== person,
      entries: [],
    };
    let open: readonly Source[] = [done, suffered];
    for (;;) {
      const filled: Source[] = [];
      for (const source of open) if (await fill(source)) filled.push(source);
      open = filled;
      if (open.length === 0) return;
      yield takeNext(open);
    }
  };
