import type Joi from 'joi';
import type { ObjectSchema, Schema } from '#src/platform/schema/schema.js';
import { MAX_INTEGER } from '../routes/schemas.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Collects the named schemas that the document's operations refer to. */
export interface SchemaCollection {
  /** Returns the JSON Schema of a request (`input`) or response (`output`), its named parts as references. */
  add(schema: Schema, mode: 'input' | 'output'): JsonSchema;
  /** Adds a schema that no request is checked by, unless there is one of that name; returns the reference to it. */
  define(name: string, json: () => JsonSchema): string;
  all(): Readonly<Record<string, JsonSchema>>;
}

const isEnumeration = ({ type, enum: values }: JsonSchema): boolean =>
  type === 'string' && Array.isArray(values);

/** Replaces texts with the values of a named enumeration by references to it: an error catalogue knows no names of schemas. */
const withNamedEnumerations = (
  all: Readonly<Record<string, JsonSchema>>,
): Readonly<Record<string, JsonSchema>> => {
  const named = new Map(
    Object.entries(all)
      .filter(([, json]) => isEnumeration(json))
      .map(([name, json]) => [JSON.stringify(json['enum']), name]),
  );
  const replaced = (json: unknown): unknown => {
    if (Array.isArray(json)) return json.map(replaced);
    if (typeof json !== 'object' || json === null) return json;
    const { type: _type, enum: values, ...rest } = json as JsonSchema;
    const name = isEnumeration(json as JsonSchema) ? named.get(JSON.stringify(values)) : undefined;
    return name === undefined
      ? Object.fromEntries(Object.entries(json).map(([key, value]) => [key, replaced(value)]))
      : { $ref: `#/components/schemas/${name}`, ...rest };
  };
  return Object.fromEntries(
    Object.entries(all).map(([name, json]) => [
      name,
      isEnumeration(json) ? json : (replaced(json) as JsonSchema),
    ]),
  );
};

/** Joi generates draft 2020-12, which is OpenAPI 3.1's own. */
const toJson = ({ joi }: Schema, mode: 'input' | 'output'): JsonSchema =>
  corrected(joi['~standard'].jsonSchema[mode]({ target: 'draft-2020-12' })) as JsonSchema;

/** What Joi tells of a schema, as far as examples are made of it. */
interface Described {
  readonly examples?: readonly unknown[];
  readonly keys?: Readonly<Record<string, Described>>;
  readonly items?: readonly Described[];
  readonly allow?: readonly unknown[];
  readonly flags?: { readonly only?: boolean };
  readonly metas?: readonly { readonly readOnly?: boolean; readonly sample?: unknown }[];
}

const DESCRIBED = new WeakMap<Joi.Schema, Described>();

/** Returns what Joi tells of a schema. Joi needs a millisecond for a large one, and several readers need it. */
const described = ({ joi }: Schema): Described => {
  const known = DESCRIBED.get(joi) ?? joi.describe();
  DESCRIBED.set(joi, known);
  return known;
};

const isReadOnly = ({ metas = [] }: Described): boolean => metas.some(({ readOnly }) => readOnly === true);

/** Returns the example of a response without one of its own: that of a constant, or null where null is possible. */
const obviousExample = ({ allow = [], flags = {} }: Described): unknown =>
  flags.only === true && allow.length === 1 ? allow[0] : allow.includes(null) ? null : undefined;

const exampleIn = (described: Described, mode: 'input' | 'output'): unknown => {
  const { examples, keys, items } = described;
  if (examples !== undefined) return examples[0];
  if (keys !== undefined) {
    const fields = Object.entries(keys)
      .filter(([, key]) => mode === 'output' || !isReadOnly(key))
      .map(([name, key]) => [name, exampleIn(key, mode)] as const)
      .filter(([, example]) => example !== undefined);
    return fields.length === 0 ? undefined : Object.fromEntries(fields);
  }
  const [item] = items ?? [];
  const ofItem = item && exampleIn(item, mode);
  if (ofItem !== undefined) return [ofItem];
  return mode === 'output' ? obviousExample(described) : undefined;
};

/**
 * Returns the example of a schema, or one that is made of those of its parts; undefined if there is none. A request has only the
 * fields that have examples, a response has all.
 */
export const exampleOf = (schema: Schema, mode: 'input' | 'output'): unknown =>
  exampleIn(described(schema), mode);

interface Part {
  /** Ready to be sent. */
  readonly example?: { readonly example: unknown };
  /** Only shows the form of a value. */
  readonly samples?: { readonly examples: readonly unknown[] };
}

/** Returns the examples of an object's fields by their names. */
export const partsOf = (schema: ObjectSchema): Readonly<Record<string, Part>> => {
  const { keys = {} } = described(schema);
  const partOf = (key: Described): Part => {
    const example = exampleIn(key, 'input');
    const samples = (key.metas ?? []).flatMap(({ sample }) => (sample === undefined ? [] : [sample]));
    return {
      ...(example !== undefined && { example: { example } }),
      ...(samples.length > 0 && { samples: { examples: samples } }),
    };
  };
  return Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, partOf(key)]));
};

/** Returns the names of the fields that a body may repeat but not change; Joi omits them from its JSON Schema. */
const readOnlyIn = (schema: Schema): ReadonlySet<string> => {
  const { keys = {} } = described(schema);
  return new Set(Object.entries(keys).flatMap(([name, key]) => (isReadOnly(key) ? [name] : [])));
};

/** Says of an integer whose bounds fit in 32 bits that it does: without a format, generators of clients have to guess a type. */
export const inInt32 = (json: JsonSchema): JsonSchema => {
  const { type, minimum, maximum } = json;
  const fits = (bound: unknown): boolean => typeof bound === 'number' && Math.abs(bound) <= MAX_INTEGER;
  const isInteger = [type].flat().includes('integer');
  return isInteger && fits(minimum) && fits(maximum) ? { ...json, format: 'int32' } : json;
};

/**
 * Removes what readers of JSON Schema take in another sense: with a default of null, generated types demand the field. The
 * description of such a field says what its absence means. Adds the format of integers.
 */
const corrected = (json: unknown): unknown => {
  if (Array.isArray(json)) return json.map(corrected);
  if (typeof json !== 'object' || json === null) return json;
  const parts = Object.entries(json)
    .filter(([name, value]) => name !== 'default' || value !== null)
    .map(([name, value]) => [name, corrected(value)] as const);
  return inInt32(Object.fromEntries(parts));
};

const markReadOnly = (definition: JsonSchema, names: ReadonlySet<string>): JsonSchema => {
  const properties = Object.entries((definition['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>);
  const marked = properties.map(
    ([name, json]) => [name, names.has(name) ? { ...json, readOnly: true } : json] as const,
  );
  return { ...definition, properties: Object.fromEntries(marked) };
};

export const collectSchemas = (): SchemaCollection => {
  const named = new Map<string, JsonSchema>();
  const convert = (schema: Schema, mode: 'input' | 'output'): JsonSchema => {
    const { $defs = {}, ...json } = toJson(schema, mode) as JsonSchema & {
      readonly $defs?: Readonly<Record<string, JsonSchema>>;
    };
    const own = typeof json['$ref'] === 'string' ? json['$ref'].split('/').at(-1) : undefined;
    const readOnly = readOnlyIn(schema);
    for (const [name, found] of Object.entries($defs)) {
      const definition = name === own && readOnly.size > 0 ? markReadOnly(found, readOnly) : found;
      const earlier = named.get(name);
      if (earlier !== undefined && JSON.stringify(earlier) !== JSON.stringify(definition)) {
        throw new Error(`two different schemas are named ${name}`);
      }
      named.set(name, definition);
    }
    return json;
  };
  // Most schemas are those of parts that many operations share, such as problems, and Joi takes a millisecond for each.
  const converted = { input: new Map<Joi.Schema, JsonSchema>(), output: new Map<Joi.Schema, JsonSchema>() };
  return {
    add: (schema, mode) => {
      const json = converted[mode].get(schema.joi) ?? convert(schema, mode);
      converted[mode].set(schema.joi, json);
      return json;
    },
    define: (name, json) => {
      if (!named.has(name)) named.set(name, json());
      return `#/components/schemas/${name}`;
    },
    all: () => withNamedEnumerations(Object.fromEntries([...named].sort(([a], [b]) => (a < b ? -1 : 1)))),
  };
};
