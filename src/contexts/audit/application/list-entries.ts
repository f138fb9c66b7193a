import type { Page, PageRequest } from '#src/kernel/page.js';
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
  (filter: EntryFilter, page: PageRequest): Promise<Page<Entry>> =>
    entries.list(filter, page);
