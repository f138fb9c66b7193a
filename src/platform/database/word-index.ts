import { Op } from 'sequelize';
import { WORD_LENGTH } from '#src/kernel/words.js';
import { text } from './columns.js';
import type { Lead } from './filtered-lists.js';
import { deleteRows, insertRows, type NewRow, type Where } from './rows.js';
import type { SqlScope } from './scope.js';
import { selectFrom } from './statements.js';
import type { Table } from './tables.js';

/** A word of a row of another table, which a column refers to. Words are sorted by code point. */
export interface Word {
  readonly word: string;
}

export const wordColumn = () => text(WORD_LENGTH);

/** Sorts behind every character of a word. */
const LAST = '\u{10FFFF}';
/** Rows of one statement. */
const BATCH = 500;

/** The index of the words of another table's rows: whose they are tells the column `owner`. */
export const wordIndex = <Row extends Word>(
  table: Table<Row>,
  owner: Exclude<Extract<keyof Row, string>, 'word'>,
  scope: SqlScope,
) => {
  const add = async (owned: readonly (readonly [id: string, words: readonly string[]])[]): Promise<void> => {
    const rows = owned
      .flatMap(([id, words]) => words.map((word) => ({ word, [owner]: id }) as unknown as NewRow<Row>))
      // In one order in every transaction.
      .sort((a, b) => (String(a.word) < String(b.word) ? -1 : 1));
    for (let at = 0; at < rows.length; at += BATCH)
      await insertRows(table, rows.slice(at, at + BATCH), scope);
  };
  const of = (ids: readonly string[]) => ({ [owner]: { [Op.in]: ids } }) as Where<Row>;
  const remove = (ids: readonly string[]): Promise<number> => deleteRows(table, of(ids), scope);

  return {
    add: (id: string, words: readonly string[]): Promise<void> => add([[id, words]]),
    /** Adds the words of several new rows. */
    addAll: add,
    remove: (id: string): Promise<number> => remove([id]),

    /** Writes the differences from `before`, which are the words that are stored. */
    change: async (id: string, before: readonly string[], after: readonly string[]): Promise<void> => {
      const [old, current] = [new Set(before), new Set(after)];
      const gone = before.filter((word) => !current.has(word));
      if (gone.length > 0)
        await deleteRows(
          table,
          { [Op.and]: [of([id]), { word: { [Op.in]: gone } } as unknown as Where<Row>] } as Where<Row>,
          scope,
        );
      await add([[id, after.filter((word) => !old.has(word))]]);
    },

    /** Stores the words of several rows anew, whatever is stored. */
    replace: async (owned: readonly (readonly [id: string, words: readonly string[]])[]): Promise<void> => {
      await remove(owned.map(([id]) => id));
      await add(owned);
    },

    /** Returns, for each term, what leads to the rows that have a word which begins with it. */
    leadsOf: (terms: readonly string[]): readonly Lead[] =>
      terms.map(
        (term) => (limit) =>
          selectFrom(table, [owner], {
            where: { word: { [Op.gte]: term, [Op.lt]: `${term}${LAST}` } } as Where<Row>,
            order: [['word', 'asc']],
            ...(limit !== undefined && { limit }),
          }),
      ),
  };
};
