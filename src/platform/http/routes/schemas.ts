import { Money, type Currency } from '#src/kernel/money.js';
import { searchWords } from '#src/kernel/text.js';
import {
  array,
  integer,
  number,
  object,
  parameters,
  string,
  text,
  uuid,
  type ObjectSchema,
  type Schema,
} from '#src/platform/schema/schema.js';

// Schemas that many routes have in common. Bodies are checked without any conversion, so that "5" is no number; only `text` and
// `uuid` tidy what they are given.

/** Minor units of the highest price. */
const MAX_PRICE = 50_000_000_000;
/** Minor units of a cart full of it: as major units of any currency still a number that JSON tells exactly. */
const MAX_TOTAL = 100 * 999 * MAX_PRICE;

/** Each word is looked for in every row that nothing else excludes, so that many of them cost much. */
const WORDS = { most: 8, shortest: 2, longest: 64 };
const WORDS_RULE = `at most ${WORDS.most} words, each of ${WORDS.shortest} to ${WORDS.longest} characters`;

const isSearchable = (word: string): boolean => {
  const { length } = Array.from(word);
  return length >= WORDS.shortest && length <= WORDS.longest;
};

/** The words that a list is searched for; `where` names the fields that are searched. Without a word everything is found. */
export const searchText = (where: string): Schema<string, 'required'> =>
  text(WORDS.most * (WORDS.longest + 1), { blank: true })
    .convert((value) => {
      const words = searchWords(value);
      return words.length <= WORDS.most && words.every(isSearchable) ? value : null;
    }, `must have ${WORDS_RULE}`)
    .description(
      `Words that must all occur in ${where}: ${WORDS_RULE}. Letter case and accents are ignored; parts of words match`,
    );

/** A whole number of pieces, 1 to `max`. */
export const quantity = (max = 999): Schema<number, 'required'> => integer({ min: 1, max });

const money = (currency: Currency, max: number): Schema<number, 'required'> => {
  const decimals = `at most ${String(currency.digits)} decimals`;
  return (
    number({ min: 0, max: Money.toMajor(Money.of(max, currency)) })
      // `+ 0` makes 0 of the -0 that JSON can write.
      .convert(
        (value) => (Money.fromMajor(value, currency) === null ? null : value + 0),
        `must have ${decimals}`,
      )
      .description(`In ${currency.code}, with ${decimals}`)
  );
};

/** A price in major units with at most the currency's decimals. It stays a number: turning it into Money is the context's. */
export const price = (currency: Currency): Schema<number, 'required'> => money(currency, MAX_PRICE);

/** The like of `price` for the sum of many. */
export const total = (currency: Currency): Schema<number, 'required'> => money(currency, MAX_TOTAL);

/** An amount in a response: major units of the currency beside it. */
export const amount = (): Schema<number, 'required'> => number({ min: 0 });

/** What the response to a list shows of a page. */
export interface PageView<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** A page of a list. */
export const pageOf = <Item>(name: string, item: Schema<Item>): ObjectSchema<PageView<Item>> =>
  object(name, {
    items: array(item),
    nextCursor: string()
      .nullable()
      .description('Cursor of the next page, passed as `after`; null on the last page'),
  });

/** The one id of a path like `/orders/:id`. */
// The type argument is what a caller has to say.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export const idParam = <Id extends string>(): ObjectSchema<{ readonly id: Id }> =>
  parameters({ id: uuid<Id>() });
