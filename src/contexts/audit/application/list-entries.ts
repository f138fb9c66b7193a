import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Entry } from '../domain/entry.js';
import type { EntryFilter, EntryRepository } from './ports.js';

export const listEntries =
  ({ entries }: { entries: EntryRepository }) =>
  (filter: EntryFilter, page: PageRequest): Promise<Page<Entry>> =>
    entries.list(filter, page);
