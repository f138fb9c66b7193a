import type { UserId } from '../../../kernel/ids.js';
import type { Position } from '../../../kernel/page.js';
import { compareText } from '../../../kernel/text.js';
import type { Entry } from '../domain/entry.js';
import type { EntryFilter, EntryRepository } from './ports.js';

const latestFirst = (a: Entry, b: Entry): number =>
  b.at.getTime() - a.at.getTime() || compareText(b.id, a.id);

/** Step: all that a person did and all that was done to them, the latest first, read page by page. */
export const entriesAbout =
  ({ entries }: { entries: EntryRepository }) =>
  async (person: UserId): Promise<readonly Entry[]> => {
    const every = async (filter: EntryFilter): Promise<readonly Entry[]> => {
      const all: Entry[] = [];
      let after: Position | null = null;
      do {
        const page = await entries.list(filter, { limit: 100, after });
        all.push(...page.items);
        after = page.next;
      } while (after !== null);
      return all;
    };
    const done = await every({ actor: person });
    const suffered = (await every({ subject: person })).filter(({ actorId }) => actorId !== person);
    return [...done, ...suffered].sort(latestFirst);
  };
