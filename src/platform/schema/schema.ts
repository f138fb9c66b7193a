import Joi from 'joi';
import type { EmailAddress } from '#src/kernel/email-address.js';
import {
  joiTypes,
  type BaseComponent,
  type NumberRules,
  type ObjectComponent,
  type ObjectRules,
} from './joi-types.js';

// The only place that gives Joi types. A schema determines both the check and the type of the result, so that a handler whose
// input differs from what its schema accepts does not compile.

/** Whether an object may lack the field. */
export type Presence = 'required' | 'optional';

/** Schema of a `T`: the type of the value after checks and conversions. */
export interface Schema<out T = unknown, out P extends Presence = Presence> {
  readonly joi: Joi.Schema;
  /** Whether a value must be given; false if there is a default. */
  readonly isRequired: boolean;
  /** Types only: these are never set. */
  readonly value?: T;
  readonly presence?: P;
  /** Sets the description: Markdown, for the documentation. */
  description(text: string): Schema<T, P>;
  /** Sets the example: a value as it is written in JSON, ready to be sent. */
  example(value: unknown): Schema<T, P>;
  /** Sets an example that shows only the form of a value: one that has to be made, or received, for each request. */
  sample(value: unknown): Schema<T, P>;
  nullable(): Schema<T | null, P>;
  /** Allows the field to be absent. */
  optional(): Schema<T, 'optional'>;
  /** Allows the field to be absent, which means `value`. */
  default(value: T & Plain): Schema<T, 'required'>;
  /** Allows the field to be absent, which means the text at `path` of the object that lacks it, or null if there is none. */
  defaultAt(path: readonly string[]): Schema<T | null, 'required'>;
  /** Converts the value; null refuses it with `problem`, such as `must be a known colour`. */
  convert<U>(convert: (value: T) => U | null, problem: string): Schema<U, P>;
}

/** Possible types of a default. */
type Plain = boolean | number | string | object | null;

/** The value type of a schema. */
export type ValueOf<S extends Schema> = S extends Schema<infer T> ? T : never;

export type Fields = Readonly<Record<string, Schema>>;

type OptionalKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends Schema<unknown, 'required'> ? never : K;
}[keyof F];

/** The value type of an object with these fields. */
export type ValuesOf<F extends Fields> = Flat<
  { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: ValueOf<F[K]> } & {
    readonly [K in OptionalKeys<F>]?: ValueOf<F[K]>;
  }
>;

type Flat<T> = { readonly [K in keyof T]: T[K] };

export interface ObjectSchema<out T = unknown> extends Schema<T, 'required'> {
  readonly joi: Joi.ObjectSchema<T>;
  /** The same without its name in the OpenAPI document. */
  readonly plain: Joi.ObjectSchema<T>;
  readonly component: ObjectComponent | null;
  /** The names of its fields. */
  readonly names: readonly string[];
  description(text: string): ObjectSchema<T>;
  example(value: unknown): ObjectSchema<T>;
  /** Requires at least so many fields. */
  atLeast(fields: number): ObjectSchema<T>;
  /** Requires exactly one of these fields. */
  exactlyOneOf(...names: readonly (keyof T & string)[]): ObjectSchema<T>;
  /** Refuses an object that has all of these fields. */
  notTogether(...names: readonly (keyof T & string)[]): ObjectSchema<T>;
  /** Accepts fields that are not named. */
  open(): ObjectSchema<T>;
}

const textAt = (root: unknown, path: readonly string[]): string | null => {
  let found = root;
  for (const name of path)
    found = typeof found === 'object' && found !== null ? Reflect.get(found, name) : null;
  return typeof found === 'string' ? found : null;
};

const CONVERTED = 'convert.refused';
const TOO_EARLY = 'instant.early';

/** Gives a Joi schema its value type. Joi's own types can't follow it, so only this module does. */
const schemaOf = <T, P extends Presence = 'required'>(joi: Joi.Schema, isRequired = true): Schema<T, P> => ({
  joi,
  isRequired,
  description: (text) => schemaOf(joi.description(text), isRequired),
  example: (value) => schemaOf(joi.example(value), isRequired),
  sample: (value) => schemaOf(joi.meta({ sample: value }), isRequired),
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

/** `plain` is without the component, which has to see all other rules. */
const objectOf = <T>(
  plain: Joi.ObjectSchema<T>,
  names: readonly string[],
  component: ObjectComponent | null,
): ObjectSchema<T> => {
  const joi = component === null ? plain : (plain as ObjectRules<T>).component(component);
  const like = (changed: Joi.ObjectSchema<T>) => objectOf(changed, names, component);
  const choosing = (changed: Joi.ObjectSchema<T>) => changed as ObjectRules<T>;
  return {
    ...schemaOf<T>(joi),
    joi,
    plain,
    component,
    names,
    description: (text) => like(plain.description(text)),
    example: (value) => like(plain.example(value)),
    atLeast: (fields) => like(plain.min(fields)),
    exactlyOneOf: (...ofThem) =>
      like(choosing(plain.xor(...ofThem)).fieldChoice({ kind: 'exactlyOne', names: ofThem })),
    notTogether: (...ofThem) =>
      like(choosing(plain.nand(...ofThem)).fieldChoice({ kind: 'notTogether', names: ofThem })),
    open: () => like(plain.unknown()),
  };
};

type Keys = Readonly<Record<string, Joi.Schema>>;

export const isObjectSchema = (schema: Schema): schema is ObjectSchema => 'names' in schema;

/** Adds fields that this object's reader removes before it passes the object on. */
export const withFields = <T>({ plain, names, component }: ObjectSchema<T>, fields: Keys): ObjectSchema<T> =>
  objectOf(plain.append(fields), [...names, ...Object.keys(fields)], component);

const mapValues = (fields: Fields, change: (field: Schema) => Joi.Schema): Keys =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, change(field)]));

const keysOf = (fields: Fields): Keys =>
  mapValues(fields, ({ joi, isRequired }) => (isRequired ? joi.required() : joi));

/** What the OpenAPI document says of a named object, wherever it is used. */
export interface ObjectOptions {
  /** Markdown. */
  readonly description?: string;
  /** The component that it extends, and the fields that belong to that one. */
  readonly base?: BaseComponent;
}

/** Returns the schema of a closed object, under `components/schemas/<name>` of the OpenAPI document. */
export const object = <F extends Fields>(
  name: string,
  fields: F,
  options: ObjectOptions = {},
): ObjectSchema<ValuesOf<F>> =>
  objectOf(joiTypes.object<ValuesOf<F>>().keys(keysOf(fields)), Object.keys(fields), { name, ...options });

/** Like `object`, with every field optional. */
export const changes = <F extends Fields>(
  name: string,
  fields: F,
  options: ObjectOptions = {},
): ObjectSchema<Partial<ValuesOf<F>>> =>
  objectOf(
    joiTypes.object<Partial<ValuesOf<F>>>().keys(mapValues(fields, ({ joi }) => joi)),
    Object.keys(fields),
    { name, ...options },
  );

/** Returns the schema of a closed object without a name: the parameters of a path or of a query string. */
export const parameters = <F extends Fields>(fields: F): ObjectSchema<ValuesOf<F>> =>
  objectOf(joiTypes.object<ValuesOf<F>>().keys(keysOf(fields)), Object.keys(fields), null);

/** Returns the schema of a JSON object with any fields. */
export const anyObject = (): Schema<object, 'required'> => schemaOf(Joi.object().unknown());

/** Returns whether a text of the environment or a query string is valid for the schema. */
export const isValid = ({ joi }: Schema, given: string): boolean => joi.validate(given).error === undefined;

/** Converts texts that are known to be valid, for example to numbers. */
export const valueOf = <T>({ joi }: ObjectSchema<T>, given: Readonly<Record<string, string>>): T => {
  const result = joi.validate(given);
  if (result.error !== undefined) throw result.error;
  return result.value;
};

export interface ArrayOptions {
  /** Numbers of items. */
  readonly min?: number;
  readonly max?: number;
}

export const array = <T>(
  item: Schema<T>,
  { min, max }: ArrayOptions = {},
): Schema<readonly T[], 'required'> => {
  let items = Joi.array().items(item.joi);
  if (min !== undefined) items = items.min(min);
  return schemaOf(max === undefined ? items : items.max(max));
};

export const boolean = (): Schema<boolean, 'required'> => schemaOf(Joi.boolean());

export interface NumberOptions {
  readonly min?: number;
  readonly max?: number;
  /** An excluded number between `min` and `max`. */
  readonly not?: number;
  /** Maximum number of decimals, which is documented and not checked: a caller of `convert` does that without rounding. */
  readonly decimals?: number;
}

const bounded = (
  joi: Joi.NumberSchema,
  { min, max, not, decimals }: NumberOptions,
): Schema<number, 'required'> => {
  const fromMin = min === undefined ? joi : joi.min(min);
  const toMax = max === undefined ? fromMin : fromMin.max(max);
  const withDecimals = decimals === undefined ? toMax : (toMax as NumberRules).decimals(decimals);
  return schemaOf(not === undefined ? withDecimals : (withDecimals as NumberRules).except(not));
};

export const number = (options: NumberOptions = {}): Schema<number, 'required'> =>
  bounded(joiTypes.number(), options);

export const integer = (options: NumberOptions = {}): Schema<number, 'required'> =>
  bounded(joiTypes.number().integer(), options);

export interface StringOptions {
  readonly min?: number;
  readonly max?: number;
  /** Whether an empty text is valid. */
  readonly blank?: boolean;
  /** A pattern, and the problem of a text that does not match: `must be 3 letters`. */
  readonly pattern?: readonly [pattern: RegExp, problem: string];
  /** Requires a URL, of any scheme or of one of these. */
  readonly url?: 'any' | readonly string[];
}

/** Returns the schema of an unconverted text: in a response, or if a pattern defines it. For what people write see `text`. */
export const string = ({ min, max, blank, pattern, url }: StringOptions = {}): Schema<string, 'required'> => {
  let joi = Joi.string();
  if (url !== undefined) joi = url === 'any' ? joi.uri() : joi.uri({ scheme: [...url] });
  if (pattern !== undefined) joi = joi.pattern(pattern[0]).messages({ 'string.pattern.base': pattern[1] });
  if (min !== undefined) joi = joi.min(min);
  if (max !== undefined) joi = joi.max(max);
  return schemaOf(blank === true ? joi.allow('') : joi);
};

/** Returns the schema of one of these texts. */
export const oneOf = <const T extends string>(...values: readonly T[]): Schema<T, 'required'> =>
  schemaOf(Joi.string().valid(...values));

/** Returns the schema of one of these texts, under `components/schemas/<name>` of the OpenAPI document. */
export const enumeration = <const T extends string>(
  name: string,
  description: string,
  values: readonly T[],
): Schema<T, 'required'> => schemaOf(joiTypes.enumeration({ name, description, values }));

/** Returns the schema of one of the names of an object's properties. */
export const keyOf = <T extends string>(object: Readonly<Record<T, unknown>>): Schema<T, 'required'> =>
  schemaOf(Joi.string().valid(...Object.keys(object)));

/** Returns the schema of any RFC 9562 UUID, converted to lower case: `uuid<ProductId>()`. */
export const uuid = <Id extends string = string>(): Schema<Id, 'required'> => schemaOf(joiTypes.uuid());

export interface TextOptions {
  /** Minimum number of characters; 1 by default. */
  readonly min?: number;
  /** Whether an empty text is valid. */
  readonly blank?: boolean;
  /** Whether the text is neither trimmed nor normalised: for passwords and the like. */
  readonly verbatim?: boolean;
}

/**
 * Returns the schema of a text of at most `max` characters (code points, as JSON Schema and a VARCHAR count), trimmed, in NFC,
 * with at least one visible character.
 */
export const text = (
  max: number,
  { min = 1, blank = false, verbatim = false }: TextOptions = {},
): Schema<string, 'required'> => {
  const joi = joiTypes.string().characters({ min, max, verbatim, blank });
  return schemaOf(blank ? joi.allow('') : joi);
};

/** Returns the schema of an e-mail address that mail can be sent to. Only a mail can show whether it arrives. */
export const email = (): Schema<EmailAddress, 'required'> => schemaOf(joiTypes.string().emailAddress());

/**
 * Returns the schema of an http or https URL as browsers accept it, converted to the normal form of the URL Standard, which has at most
 * `max` characters.
 */
export const webUrl = (max: number): Schema<string, 'required'> => schemaOf(joiTypes.string().webUrl(max));

/** Returns the schema of a time in a query string or body: RFC 3339 with its offset. */
export const instant = (): Schema<Date, 'required'> => schemaOf(joiTypes.string().instant());

/** Returns the schema of a time that is not before the one in another field of the same object, which is declared before it. */
export const instantFrom = (field: string): Schema<Date, 'required'> =>
  schemaOf(
    joiTypes
      .string()
      .instant()
      .custom((to: Date, helpers) => {
        const [siblings] = helpers.state.ancestors as readonly Readonly<Record<string, unknown>>[];
        const from = siblings?.[field];
        return from instanceof Date && from > to ? helpers.error(TOO_EARLY, { field }) : to;
      })
      .messages({ [TOO_EARLY]: 'must not be before {{#field}}' }),
  );

/** Returns the schema of a time in a response: RFC 3339 in UTC. */
export const timestamp = (): Schema<string, 'required'> => schemaOf(Joi.string().isoDate());

/** Returns the schema of a country in a request: an ISO 3166-1 alpha-2 code in any letter case, converted to upper case. */
export const country = (): Schema<string, 'required'> =>
  schemaOf<string>(joiTypes.string().country()).description(
    'ISO 3166-1 alpha-2, in upper or lower case; stored in upper case',
  );
