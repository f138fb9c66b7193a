import Joi from 'joi';
import { Money, type Currency } from '#src/kernel/money.js';
import { searchWords } from '#src/kernel/text.js';
import { shapes, type Fields } from './shapes.js';

// The pieces from which the schemas of rows are put together. Bodies are checked without any conversion, so that "5" is
// no number; only `text` and `uuid` tidy what they are given.

/** Minor units of the highest price. */
const MAX_PRICE = 50_000_000_000;
/** Minor units of a cart full of it: as major units of any currency still a number that JSON tells exactly. */
const MAX_TOTAL = 100 * 999 * MAX_PRICE;

/** Any RFC 9562 UUID, in lower case afterwards. */
export const uuid = (): Joi.StringSchema => shapes.uuid();

export interface TextOptions {
  /** Characters at least; 1 unless said. */
  readonly min?: number;
  /** An empty text is welcome. */
  readonly blank?: boolean;
  /** Taken as it is: neither trimmed nor normalised. For passwords and the like. */
  readonly verbatim?: boolean;
}

/**
 * Text of at most `max` characters (code points, as JSON Schema and a VARCHAR count), trimmed, in NFC, with at least one
 * visible character.
 */
export const text = (
  max: number,
  { min = 1, blank = false, verbatim = false }: TextOptions = {},
): Joi.StringSchema => {
  const schema = shapes.string().characters({ min, max, verbatim, blank });
  return blank ? schema.allow('') : schema;
};

/** Each word is looked for in every row that nothing else excludes, so that many of them cost much. */
const WORDS = { most: 8, shortest: 2, longest: 64 };
const WORDS_RULE = `at most ${WORDS.most} words, each of ${WORDS.shortest} to ${WORDS.longest} characters`;

const isSearchable = (word: string): boolean => {
  const { length } = Array.from(word);
  return length >= WORDS.shortest && length <= WORDS.longest;
};

/** The words that a list is searched for; `where` names the fields that are searched. Without a word everything is found. */
export const searchText = (where: string): Joi.StringSchema =>
  text(WORDS.most * (WORDS.longest + 1), { blank: true })
    .custom((value: string, helpers) => {
      const words = searchWords(value);
      return words.length <= WORDS.most && words.every(isSearchable) ? value : helpers.error('search.words');
    })
    .messages({ 'search.words': `must have ${WORDS_RULE}` })
    .description(
      `Words that must all occur in ${where}, in any letter case and with or without accents; parts of words count. It has ${WORDS_RULE}`,
    );

/** An e-mail address that mail can be sent to, an `EmailAddress` afterwards. Whether it reaches anybody only a mail can tell. */
export const email = (): Joi.StringSchema => shapes.string().emailAddress();

/** A whole number of pieces, 1 to `max`. */
export const quantity = (max = 999): Joi.NumberSchema => Joi.number().integer().min(1).max(max);

const money = (currency: Currency, max: number): Joi.NumberSchema =>
  Joi.number()
    .min(0)
    .max(Money.toMajor(Money.of(max, currency)))
    .custom((value: number, helpers) =>
      // `+ 0` makes 0 of the -0 that JSON can write.
      Money.fromMajor(value, currency) === null ? helpers.error('price.decimals') : value + 0,
    )
    .messages({ 'price.decimals': `must have at most ${String(currency.digits)} decimals` })
    .description(`In ${currency.code}, with at most ${String(currency.digits)} decimals`);

/** A price in major units with at most the currency's decimals. It stays a number: turning it into Money is the context's. */
export const price = (currency: Currency): Joi.NumberSchema => money(currency, MAX_PRICE);

/** The like of `price` for the sum of many. */
export const total = (currency: Currency): Joi.NumberSchema => money(currency, MAX_TOTAL);

/** An amount in an answer: major units of the currency beside it. */
export const amount = (): Joi.NumberSchema => Joi.number().min(0);

/** A time in an answer: RFC 3339 in UTC. */
export const timestamp = (): Joi.StringSchema => Joi.string().isoDate();

/** A time in a query string or body: RFC 3339 with its offset; a `Date` afterwards. */
export const instant = (): Joi.StringSchema => shapes.string().instant();

/** A country in a request: a code of ISO 3166-1 alpha-2 in any letter case, in upper case afterwards. */
export const country = (): Joi.StringSchema =>
  shapes.string().country().description('ISO 3166-1 alpha-2, in upper or lower case; stored in upper case');

/** An object in a request, closed, under `components/schemas/<name>` of the OpenAPI document. */
export const shape = <T>(name: string, keys: Fields<T>): Joi.ObjectSchema<T> =>
  shapes.object<T>(keys).component(name);

const requireAll = <T>(keys: Fields<T>): Joi.ObjectSchema<T> => {
  const schema = Joi.object<T>(keys);
  const optional = (key: string): boolean => {
    const presence: unknown = schema.extract(key).$_getFlag('presence');
    return presence === 'optional';
  };
  const required = Object.keys(keys).filter((key) => !optional(key));
  return required.length === 0 ? schema : schema.fork(required, (field) => field.required());
};

/** An object in an answer: like `shape`, but a field is there unless it says `.optional()`. */
export const answer = <T>(name: string, keys: Fields<T>): Joi.ObjectSchema<T> =>
  shapes.object<T>().concat(requireAll(keys)).component(name);

/** A page of a list: `{items, nextCursor}`. */
export const pageOf = (name: string, item: Joi.Schema): Joi.ObjectSchema =>
  answer(name, {
    items: Joi.array().items(item),
    nextCursor: Joi.string().allow(null).description('Pass it as `after` to read on; null on the last page'),
  });

/** The ids in a path, by the names that the path gives them: `pathIds<{ productId: ProductId }>('productId')`. */
export const pathIds = <Ids extends Readonly<Record<string, string>>>(
  ...names: readonly (keyof Ids & string)[]
): Joi.ObjectSchema<Ids> =>
  Joi.object<Ids>(Object.fromEntries(names.map((name) => [name, uuid().required()])) as Fields<Ids>);

/** The one id of a path like `/orders/:id`. */
// The type argument is what a caller has to say, as with `pathIds`.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export const idParam = <Id extends string>(): Joi.ObjectSchema<{ readonly id: Id }> =>
  pathIds<{ readonly id: Id }>('id');
