import { expect } from 'chai';
import { entryPages } from '#src/contexts/audit/application/queries.js';
import type { EntryFilter, EntryRepository } from '#src/contexts/audit/application/ports.js';
import { memoryEntryRepository } from '#src/contexts/audit/adapters/memory/memory-entry-repository.js';
import type { Entry } from '#src/contexts/audit/domain/entry.js';
import type { UserId } from '#src/kernel/ids.js';
import { memoryStore } from '#src/platform/memory/store.js';
import { anEntry } from '../support/builders/audit.js';
import { newId } from '../support/builders/ids.js';

const NOON = Date.parse('2026-03-01T12:00:00.000Z');

describe('All entries about a person', () => {
  const me = newId<UserId>();
  const done = (minute: number): Entry => anEntry({ actorId: me, at: new Date(NOON + minute * 60_000) });
  const suffered = (minute: number): Entry =>
    anEntry({ subjectId: me, at: new Date(NOON + minute * 60_000) });
  const toMyself = (minute: number): Entry =>
    anEntry({ actorId: me, subjectId: me, at: new Date(NOON + minute * 60_000) });

  const withEntries = async (all: readonly Entry[]) => {
    const store = memoryStore();
    await store.transact(async (scope) => {
      for (const entry of all) await memoryEntryRepository(scope).add(entry);
    });
    const reads: EntryFilter[] = [];
    const entries: EntryRepository = {
      ...memoryEntryRepository(store.outside),
      list: (filter, page) => {
        reads.push(filter);
        return memoryEntryRepository(store.outside).list(filter, page);
      },
    };
    return { pages: entryPages({ entries })(me, 3), reads };
  };
  const all = async (pages: AsyncIterable<readonly Entry[]>): Promise<readonly Entry[]> => {
    const seen: Entry[] = [];
    for await (const page of pages) seen.push(...page);
    return seen;
  };

  const cases: Readonly<Record<string, readonly Entry[]>> = {
    'what they did': [5, 4, 3, 2, 1].map(done),
    'what was done to them': [5, 4, 3, 2, 1].map(suffered),
    'both by turns': Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? done(-at) : suffered(-at))),
    'first the one and then the other': [...[9, 8, 7, 6, 5].map(suffered), ...[4, 3, 2, 1].map(done)],
    'what they did to themselves, once': [...[9, 8, 7, 6, 5].map(toMyself), suffered(4), toMyself(3)],
    'what happened at one moment, by id': [done(0), suffered(0), done(0), suffered(0), done(0)].sort(
      (a, b) => (a.id < b.id ? 1 : -1),
    ),
  };
  for (const [what, entries] of Object.entries(cases))
    it(`All entries about a person are shown with the latest first: ${what}`, async () => {
      const { pages } = await withEntries([...entries, anEntry(), anEntry()]);
      expect(await all(pages)).to.deep.equal(entries);
    });

  it('All entries about a person are none when there are none', async () => {
    expect(await all((await withEntries([anEntry()])).pages)).to.deep.equal([]);
  });

  it('All entries about a person are read a page of each list at a time, as far as they are needed', async () => {
    const { pages, reads } = await withEntries(
      Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? done(-at) : suffered(-at))),
    );
    const iterator = pages[Symbol.asyncIterator]();
    expect(reads).to.have.length(0);
    await iterator.next();
    expect(reads).to.have.length(2);
    await iterator.next();
    expect(reads).to.have.length(3);
  });
});
