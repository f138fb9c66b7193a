import Joi from 'joi';
import type { EmailAddress } from '#src/kernel/email-address.js';
import { joiTypes } from './joi-types.js';

// The one place where Joi is given types. A schema says at once what is checked and what its reader gets, so that a handler whose
// input is another one than its schema lets through does not compile.

/** Whether an object may lack the field. */
export type Presence = 'required' | 'optional';

/** Schema of a `T`: of what its reader gets, which is the value after checks and conversions. */
export interface Schema<out T = unknown, out P extends Presence = Presence> {
  readonly joi: Joi.Schema;
  /** Whether a value must be given; false with a default as well. */
  readonly isRequired: boolean;
  /** Types only: these are never set. */
  readonly value?: T;
  readonly presence?: P;
  /** Markdown, for the documentation. */
  description(text: string): Schema<T, P>;
  /** A value as it is written in JSON. */
  example(value: unknown): Schema<T, P>;
  nullable(): Schema<T | null, P>;
  /** The field may be absent. */
  optional(): Schema<T, 'optional'>;
  /** The field may be absent, which means `value`. */
  default(value: T & Plain): Schema<T, 'required'>;
  /** The field may be absent, which means the text at `path` of the object that lacks it, or null where there is none. */
  defaultAt(path: readonly string[]): Schema<T | null, 'required'>;
  /** Makes another value of it; null refuses it, as one that `problem` says: `must be a known colour`. */
  convert<U>(convert: (value: T) => U | null, problem: string): Schema<U, P>;
}

/** What can be a default. */
type Plain = boolean | number | string | object | null;

/** What the reader of a schema gets. */
export type ValueOf<S extends Schema> = S extends Schema<infer T> ? T : never;

export type Fields = Readonly<Record<string, Schema>>;

type OptionalKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends Schema<unknown, 'required'> ? never : K;
}[keyof F];

/** What the reader of an object with these fields gets. */
export type ValuesOf<F extends Fields> = Flat<
  { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: ValueOf<F[K]> } & {
    readonly [K in OptionalKeys<F>]?: ValueOf<F[K]>;
  }
>;

type Flat<T> = { readonly [K in keyof T]: T[K] };

export interface ObjectSchema<out T = unknown> extends Schema<T, 'required'> {
  readonly joi: Joi.ObjectSchema<T>;
  /** The names of its fields. */
  readonly names: readonly string[];
  description(text: string): ObjectSchema<T>;
  example(value: unknown): ObjectSchema<T>;
  /** At least so many fields must be given. */
  atLeast(fields: number): ObjectSchema<T>;
  /** Exactly one of these fields must be given. */
  exactlyOneOf(...names: readonly (keyof T & string)[]): ObjectSchema<T>;
  /** Not all of these fields may be given. */
  notTogether(...names: readonly (keyof T & string)[]): ObjectSchema<T>;
  /** Fields that are not named are let through. */
  open(): ObjectSchema<T>;
}

const textAt = (root: unknown, path: readonly string[]): string | null => {
  let found = root;
  for (const name of path)
    found = typeof found === 'object' && found !== null ? Reflect.get(found, name) : null;
  return typeof found === 'string' ? found : null;
};

const CONVERTED = 'convert.refused';

/** Says of a schema of Joi what its reader gets. Joi's own types can't follow it, so this module is the only one to say it. */
const schemaOf = <T, P extends Presence = 'required'>(joi: Joi.Schema, isRequired = true): Schema<T, P> => ({
  joi,
  isRequired,
  description: (text) => schemaOf(joi.description(text), isRequired),
  example: (value) => schemaOf(joi.example(value), isRequired),
  nullable: () => schemaOf(joi.allow(null), isRequired),
  optional: () => schemaOf(joi, false),
  default: (value) => schemaOf(joi.default(value), false),
  defaultAt: (path) =>
    schemaOf(
      joi.default((siblings: unknown) => textAt(siblings, path)),
      false,
    ),
  convert: <U>(convert: (value: T) => U | null, problem: string) =>
    schemaOf<U, P>(
      joi
        .custom((value: T, helpers) => convert(value) ?? helpers.error(CONVERTED))
        .messages({ [CONVERTED]: problem }),
      isRequired,
    ),
});

const objectOf = <T>(joi: Joi.ObjectSchema<T>, names: readonly string[]): ObjectSchema<T> => ({
  ...schemaOf<T>(joi),
  joi,
  names,
  description: (text) => objectOf(joi.description(text), names),
  example: (value) => objectOf(joi.example(value), names),
  atLeast: (fields) => objectOf(joi.min(fields), names),
  exactlyOneOf: (...ofThem) => objectOf(joi.xor(...ofThem), names),
  notTogether: (...ofThem) => objectOf(joi.nand(...ofThem), names),
  open: () => objectOf(joi.unknown(), names),
});

type Keys = Readonly<Record<string, Joi.Schema>>;

export const isObjectSchema = (schema: Schema): schema is ObjectSchema => 'names' in schema;

/** Adds fields that the reader of the object takes out before anyone else sees it. */
export const withFields = <T>({ joi, names }: ObjectSchema<T>, fields: Keys): ObjectSchema<T> =>
  objectOf(joi.append(fields), [...names, ...Object.keys(fields)]);

const mapValues = (fields: Fields, change: (field: Schema) => Joi.Schema): Keys =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, change(field)]));

const keysOf = (fields: Fields): Keys =>
  mapValues(fields, ({ joi, isRequired }) => (isRequired ? joi.required() : joi));

/** A closed object, under `components/schemas/<name>` of the OpenAPI document. */
export const object = <F extends Fields>(name: string, fields: F): ObjectSchema<ValuesOf<F>> =>
  objectOf(joiTypes.object<ValuesOf<F>>().keys(keysOf(fields)).component(name), Object.keys(fields));

/** The like of `object` in which every field may be absent. */
export const changes = <F extends Fields>(name: string, fields: F): ObjectSchema<Partial<ValuesOf<F>>> =>
  objectOf(
    joiTypes
      .object<Partial<ValuesOf<F>>>()
      .keys(mapValues(fields, ({ joi }) => joi))
      .component(name),
    Object.keys(fields),
  );

/** A closed object without a name: the parameters of a path or of a query string. */
export const parameters = <F extends Fields>(fields: F): ObjectSchema<ValuesOf<F>> =>
  objectOf(joiTypes.object<ValuesOf<F>>().keys(keysOf(fields)), Object.keys(fields));

/** A JSON object of any fields. */
export const anyObject = (): Schema<object, 'required'> => schemaOf(Joi.object().unknown());

/** Whether a text of the environment or a query string is what the schema asks for. */
export const isValid = ({ joi }: Schema, given: string): boolean => joi.validate(given).error === undefined;

/** The value of texts that are known to be valid; texts become numbers and the like. */
export const valueOf = <T>({ joi }: ObjectSchema<T>, given: Readonly<Record<string, string>>): T => {
  const result = joi.validate(given);
  if (result.error !== undefined) throw result.error;
  return result.value;
};

export interface ArrayOptions {
  readonly max?: number;
}

export const array = <T>(item: Schema<T>, { max }: ArrayOptions = {}): Schema<readonly T[], 'required'> => {
  const items = Joi.array().items(item.joi);
  return schemaOf(max === undefined ? items : items.max(max));
};

export const boolean = (): Schema<boolean, 'required'> => schemaOf(Joi.boolean());

export interface NumberOptions {
  readonly min?: number;
  readonly max?: number;
  /** A number in between that it must not be. */
  readonly not?: number;
}

const bounded = (joi: Joi.NumberSchema, { min, max, not }: NumberOptions): Schema<number, 'required'> => {
  const fromMin = min === undefined ? joi : joi.min(min);
  const toMax = max === undefined ? fromMin : fromMin.max(max);
  return schemaOf(not === undefined ? toMax : toMax.invalid(not));
};

export const number = (options: NumberOptions = {}): Schema<number, 'required'> =>
  bounded(Joi.number(), options);

export const integer = (options: NumberOptions = {}): Schema<number, 'required'> =>
  bounded(Joi.number().integer(), options);

export interface StringOptions {
  readonly min?: number;
  readonly max?: number;
  /** It may be empty. */
  readonly blank?: boolean;
  /** With what is wrong with a text that does not match: `must be 3 letters`. */
  readonly pattern?: readonly [pattern: RegExp, problem: string];
  /** It must be a URL, of any scheme or of one of these. */
  readonly url?: 'any' | readonly string[];
}

/** A text that is taken as it is: in a response, or where a pattern says all. For what people write see `text`. */
export const string = ({ min, max, blank, pattern, url }: StringOptions = {}): Schema<string, 'required'> => {
  let joi = Joi.string();
  if (url !== undefined) joi = url === 'any' ? joi.uri() : joi.uri({ scheme: [...url] });
  if (pattern !== undefined) joi = joi.pattern(pattern[0]).messages({ 'string.pattern.base': pattern[1] });
  if (min !== undefined) joi = joi.min(min);
  if (max !== undefined) joi = joi.max(max);
  return schemaOf(blank === true ? joi.allow('') : joi);
};

/** One of these texts. */
export const oneOf = <const T extends string>(...values: readonly T[]): Schema<T, 'required'> =>
  schemaOf(Joi.string().valid(...values));

/** One of the names of an object's properties. */
export const keyOf = <T extends string>(object: Readonly<Record<T, unknown>>): Schema<T, 'required'> =>
  schemaOf(Joi.string().valid(...Object.keys(object)));

/** Any RFC 9562 UUID, in lower case afterwards: the id of what its reader says, `uuid<ProductId>()`. */
export const uuid = <Id extends string = string>(): Schema<Id, 'required'> => schemaOf(joiTypes.uuid());

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
): Schema<string, 'required'> => {
  const joi = joiTypes.string().characters({ min, max, verbatim, blank });
  return schemaOf(blank ? joi.allow('') : joi);
};

/** An e-mail address that mail can be sent to. Whether it reaches anybody only a mail can tell. */
export const email = (): Schema<EmailAddress, 'required'> => schemaOf(joiTypes.string().emailAddress());

/** A time in a query string or body: RFC 3339 with its offset. */
export const instant = (): Schema<Date, 'required'> => schemaOf(joiTypes.string().instant());

/** A time in a response: RFC 3339 in UTC. */
export const timestamp = (): Schema<string, 'required'> => schemaOf(Joi.string().isoDate());

/** A country in a request: a code of ISO 3166-1 alpha-2 in any letter case, in upper case afterwards. */
export const country = (): Schema<string, 'required'> =>
  schemaOf<string>(joiTypes.string().country()).description(
    'ISO 3166-1 alpha-2, in upper or lower case; stored in upper case',
  );
