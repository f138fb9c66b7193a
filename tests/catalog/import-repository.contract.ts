import { expect } from 'chai';
import type { ImportRepository } from '#src/contexts/catalog/application/ports.js';
import {
  IMPORT_STATUSES,
  NO_COUNTS,
  type Import,
  type ImportId,
  type ImportRow,
  type RowError,
} from '#src/contexts/catalog/domain/import.js';
import { anImport } from '../support/builders/catalog.js';
import { newId } from '../support/builders/ids.js';
import { next, openedSubject, outcomeOnce, rejectionOf, tally, walk } from '../support/contract-tools.js';
import type { OpenSubject } from '../support/subject.js';

interface ImportStore {
  readonly imports: ImportRepository;
}

const NOON = Date.parse('2026-06-01T12:00:00.000Z');
const minutes = (after: number): Date => new Date(NOON + after * 60_000);

const row = (line: number): ImportRow => ({
  line,
  sku: `S-${String(line)}`,
  content: { name: 'Bowl', priceMinor: 150 },
});
const error = (line: number): RowError => ({
  line,
  sku: line % 2 === 0 ? null : `S-${String(line)}`,
  problems: [{ field: 'price', detail: 'The price must be "exact": ½ 🫖' }],
});

/** What every `ImportRepository` does. */
export const importRepositoryContract = (name: string, open: OpenSubject<ImportStore>): void => {
  describe(`Imports on ${name}`, () => {
    const subject = openedSubject(open, 20);
    const inside = <T>(work: (imports: ImportRepository) => Promise<T>): Promise<T> =>
      subject().transact(({ imports }) => work(imports));
    const stored = async (given: Partial<Import> = {}): Promise<Import> => {
      const made = anImport(given);
      await inside((imports) => imports.add(made));
      return made;
    };
    const find = (id: ImportId) => subject().outside.imports.find(id);

    it('Imports are read as they were stored', async () => {
      expect(await find(newId())).to.equal(null);
      expect(await inside((imports) => imports.lock(newId()))).to.equal(null);
      for (const status of IMPORT_STATUSES) {
        const made = await stored({ status, requestedBy: null, rows: 1_000_000, finishedAt: minutes(1) });
        expect(await find(made.id)).to.deep.equal(made);
        expect(await inside((imports) => imports.lock(made.id))).to.deep.equal(made);
      }
    });

    it('Imports are changed by their next version only, which leaves their counts alone', async () => {
      const made = await stored();
      const counts = { rows: 5, created: 4, updated: 3, unchanged: 2, refused: 1 };
      await inside((imports) => imports.count(made.id, counts, minutes(1)));
      await inside((imports) => imports.count(made.id, { ...NO_COUNTS, created: 1 }, minutes(2)));
      const ended = { ...made, status: 'cancelled', updatedAt: minutes(3), finishedAt: minutes(3) } as const;
      await inside((imports) => imports.update(next(ended)));
      expect(await find(made.id)).to.deep.equal({ ...next(ended), ...counts, created: 5 });
      for (const stale of [made, anImport()])
        expect(await outcomeOnce(subject().transact, ({ imports }) => imports.update(next(stale)))).to.equal(
          'stale_write',
        );
      expect(await rejectionOf(inside((imports) => imports.count(newId(), counts, minutes(1))))).to.match(
        /there is no import/,
      );
    });

    it('Imports give their rows in the order in which they were stored, each chunk once', async () => {
      const [made, other] = [await stored(), await stored()];
      await inside(async (imports) => {
        await imports.addChunk(made.id, 1, [row(3)]);
        await imports.addChunk(made.id, 0, [row(1), row(2)]);
        await imports.addChunk(other.id, 0, [row(9)]);
      });
      const take = () =>
        subject().transact(async ({ imports }) => {
          await imports.lock(made.id);
          return imports.takeChunk(made.id);
        });
      const failed = subject().transact(async ({ imports }) => {
        await imports.takeChunk(made.id);
        throw new Error('and then this');
      });
      expect(await rejectionOf(failed)).to.equal('and then this');
      expect([await take(), await take(), await take()]).to.deep.equal([[row(1), row(2)], [row(3)], null]);
    });

    it('Imports give each chunk to one of twenty who take at once', async () => {
      const made = await stored();
      await inside(async (imports) => {
        for (let position = 0; position < 10; position += 1)
          await imports.addChunk(made.id, position, [row(position + 1)]);
      });
      const taken = await Promise.all(
        Array.from({ length: 20 }, () =>
          inside(async (imports) => {
            await imports.lock(made.id);
            return imports.takeChunk(made.id);
          }),
        ),
      );
      const lines = taken.map((chunk) => String(chunk?.[0]?.line ?? 'none'));
      expect(tally(lines)).to.deep.equal({
        ...Object.fromEntries(Array.from({ length: 10 }, (_, at) => [String(at + 1), 1])),
        none: 10,
      });
    });

    it('Imports list their errors in the order of the lines', async () => {
      const [made, other] = [await stored(), await stored()];
      await inside(async (imports) => {
        await imports.addErrors(made.id, [3, 10, 2].map(error));
        await imports.addErrors(made.id, [1].map(error));
        await imports.addErrors(made.id, []);
        await imports.addErrors(other.id, [5].map(error));
      });
      const { imports } = subject().outside;
      for (const limit of [1, 2, 100])
        expect(await walk((page) => imports.errors(made.id, page), limit)).to.deep.equal(
          [1, 2, 3, 10].map(error),
        );
      expect(await walk((page) => imports.errors(newId(), page), 5)).to.deep.equal([]);
    });

    it('Imports are listed, the latest first', async () => {
      const made = [];
      for (const at of [5_000, 5_000, 5_001, 5_002]) made.push(await stored({ createdAt: minutes(at) }));
      const ids = made
        .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1))
        .map(({ id }) => id);
      const { imports } = subject().outside;
      const walked = await walk((page) => imports.list(page), 3);
      expect(walked.map(({ id }) => id).slice(0, 4)).to.deep.equal(ids);
    });
  });

  describe(`The upkeep of imports on ${name}`, () => {
    const subject = openedSubject(open, 2);
    const inside = <T>(work: (imports: ImportRepository) => Promise<T>): Promise<T> =>
      subject().transact(({ imports }) => work(imports));
    const stored = async (given: Partial<Import> = {}): Promise<ImportId> => {
      const made = anImport(given);
      await inside((imports) => imports.add(made));
      return made.id;
    };
    const rowsOf = (id: ImportId) => inside(async (imports) => (await imports.takeChunk(id))?.length ?? 0);

    it('The upkeep of imports counts those under way, finds silent uploads, and removes what has ended', async () => {
      const ids = new Map<string, ImportId>();
      for (const status of IMPORT_STATUSES) {
        const ended = status === 'receiving' || status === 'running' ? null : minutes(10);
        const id = await stored({ status, updatedAt: minutes(10), finishedAt: ended });
        ids.set(status, id);
        await inside(async (imports) => {
          for (const position of [0, 1, 2]) await imports.addChunk(id, position, [row(position + 1)]);
          await imports.addErrors(id, [error(9)]);
        });
      }
      const of = (status: string): ImportId => ids.get(status) ?? expect.fail(status);
      const { imports } = subject().outside;
      expect([await imports.countUnfinished(1), await imports.countUnfinished(5)]).to.deep.equal([1, 2]);
      expect(await imports.listSilent(minutes(10))).to.deep.equal([]);
      expect(await imports.listSilent(minutes(11))).to.deep.equal([of('receiving')]);

      let [discarded, runs] = [0, 0];
      for (let removed = -1; removed !== 0; runs += 1) {
        removed = await inside((repository) => repository.discardChunks(2));
        expect(removed).to.be.at.most(2);
        discarded += removed;
      }
      expect(discarded).to.equal(6);
      expect(runs).to.be.at.least(4);
      for (const status of ['receiving', 'running']) expect(await rowsOf(of(status)), status).to.equal(1);

      const purge = (limit: number, before: Date) => inside((repository) => repository.purge(before, limit));
      expect(await purge(5, minutes(10))).to.equal(0);
      expect([
        await purge(2, minutes(11)),
        await purge(2, minutes(11)),
        await purge(2, minutes(11)),
      ]).to.deep.equal([2, 1, 0]);
      const left = (await walk((page) => imports.list(page), 5)).map(({ status }) => status);
      expect(left).to.have.members(['receiving', 'running']);
      expect(await walk((page) => imports.errors(of('failed'), page), 5)).to.deep.equal([]);
    });
  });
};
