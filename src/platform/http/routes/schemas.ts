import { EXAMPLE_TIME } from '#src/kernel/examples.js';
import { Money, type Currency } from '#src/kernel/money.js';
import { searchTerms } from '#src/kernel/words.js';
import {
  array,
  integer,
  number,
  object,
  parameters,
  string,
  text,
  timestamp,
  uuid,
  type ObjectSchema,
  type Schema,
} from '#src/platform/schema/schema.js';

// Schemas that many routes share. Bodies are checked without conversion, so that "5" is not a number; only `text` and `uuid`
// normalise their values.

/** Highest price, in minor units. */
const MAX_PRICE = 50_000_000_000;
/** Highest total of a cart, in minor units: in major units of any currency, JSON represents it exactly. */
const MAX_TOTAL = 100 * 999 * MAX_PRICE;

/** Each word has to be found in an index and looked for in every text that the others are found in. */
const MOST_TERMS = 16;
const TERMS_RULE = `must have at most ${MOST_TERMS} words`;

/** Returns the schema of a list's search text; `where` names the searched fields. A text without words matches everything. */
export const searchText = (where: string): Schema<string, 'required'> =>
  text(520, { blank: true })
    .convert((value) => (searchTerms(value).length <= MOST_TERMS ? value : null), TERMS_RULE)
    .description(
      `At most ${MOST_TERMS} words; for each of them, a word of ${where} must begin with it. Letter case and accents are ignored, ` +
        'all but letters, digits and pictures separates words, and an e-mail address is one word. In scripts without spaces, ' +
        'such as Chinese, Japanese and Thai, any two neighbouring characters are a word',
    );

/** Highest number that an INTEGER column stores, on every database. */
export const MAX_INTEGER = 2_147_483_647;

/** Returns the schema of a stored whole number in a response, `min` or more: clients can keep it in 32 bits. */
export const storedInteger = (min = 0): Schema<number, 'required'> => integer({ min, max: MAX_INTEGER });

/** Returns the schema of a stored change of a number, up or down, in a response. */
export const storedChange = (): Schema<number, 'required'> => storedInteger(-MAX_INTEGER);

/** Returns the schema of a whole number of pieces, 1 to `max`. */
export const quantity = (max = 999): Schema<number, 'required'> => integer({ min: 1, max });

/** A price of the examples: one that every currency can express. */
const EXAMPLE_PRICE = 9;

const money = (currency: Currency, max: number): Schema<number, 'required'> => {
  const decimals = `at most ${String(currency.digits)} decimals`;
  return (
    number({ min: 0, max: Money.toMajor(Money.of(max, currency)), decimals: currency.digits })
      // `+ 0` turns the -0 that JSON can express into 0.
      .convert(
        (value) => (Money.fromMajor(value, currency) === null ? null : value + 0),
        `must have ${decimals}`,
      )
      .description(`In ${currency.code}, with ${decimals}`)
      .example(EXAMPLE_PRICE)
  );
};

/**
 * Returns the schema of a price in major units with at most the currency's decimals. The value stays a number: the context
 * converts it to Money.
 */
export const price = (currency: Currency): Schema<number, 'required'> => money(currency, MAX_PRICE);

/** Returns the schema of a sum of prices, otherwise like `price`. */
export const total = (currency: Currency): Schema<number, 'required'> => money(currency, MAX_TOTAL);

/** Returns the schema of an amount in a response: major units of the currency in the same object. */
export const amount = (): Schema<number, 'required'> => number({ min: 0 }).example(EXAMPLE_PRICE);

/** Returns the schema of the currency of all amounts in the same object. */
export const currencyCode = (): Schema<string, 'required'> =>
  string().description('Code of the currency of all amounts (ISO 4217)').example('USD');

/** Returns the schema of the time at which a resource was created. */
export const createdAt = (): Schema<string, 'required'> =>
  timestamp().description('Time of creation').example(EXAMPLE_TIME);

/** Returns the schema of the time at which a resource was last changed. */
export const updatedAt = (): Schema<string, 'required'> =>
  timestamp().description('Time of the last change').example(EXAMPLE_TIME);

/** A page in the response to a list. */
export interface PageView<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** The component that every page of a list extends. */
const PAGE = { name: 'Page', description: 'A page of a list', fields: ['nextCursor'] };

/** Returns the schema of a page of a list. */
export const pageOf = <Item>(name: string, item: Schema<Item>): ObjectSchema<PageView<Item>> =>
  object(
    name,
    {
      items: array(item).description('At most `limit` items, in the order of the list'),
      nextCursor: string()
        .nullable()
        .description('Cursor of the next page, passed as `after`; null on the last page')
        .example(null),
    },
    { description: PAGE.description, base: PAGE },
  );

/** Returns the schema of the single id of a path like `/orders/:id`. */
// The type follows from the example.
export const idParam = <Id extends string>(example: Id): ObjectSchema<{ readonly id: Id }> =>
  parameters({ id: uuid<Id>().description('Id of the resource').example(example) });
