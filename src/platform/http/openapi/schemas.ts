import type Joi from 'joi';
import type { Schema } from '#src/platform/schema/schema.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Collects the named schemas that the document's operations refer to. */
export interface SchemaCollection {
  /** Returns the JSON Schema of a request (`input`) or response (`output`), its named parts as references. */
  add(schema: Schema, mode: 'input' | 'output'): JsonSchema;
  all(): Readonly<Record<string, JsonSchema>>;
}

/** Joi generates draft 2020-12, which is OpenAPI 3.1's own. */
const toJson = ({ joi }: Schema, mode: 'input' | 'output'): JsonSchema =>
  joi['~standard'].jsonSchema[mode]({ target: 'draft-2020-12' });

interface Described {
  readonly examples?: readonly unknown[];
  readonly keys?: Readonly<Record<string, Described>>;
}

/** Returns the example of a body, or those of its fields, which Joi leaves out of its JSON Schema; undefined if there is none. */
export const exampleOf = ({ joi }: Schema): unknown => {
  const { examples, keys = {} }: Described = joi.describe() as Described;
  if (examples !== undefined) return examples[0];
  const fields = Object.entries(keys).flatMap(([name, key]) =>
    key.examples === undefined ? [] : [[name, key.examples[0]] as const],
  );
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
};

/** Returns the names of the fields that a body may repeat but not change; Joi omits them from its JSON Schema. */
const readOnlyIn = ({ joi }: Schema): ReadonlySet<string> => {
  const { keys = {} } = joi.describe() as { readonly keys?: Readonly<Record<string, Joi.Description>> };
  const isReadOnly = ({ metas = [] }: { readonly metas?: readonly { readonly readOnly?: boolean }[] }) =>
    metas.some(({ readOnly }) => readOnly === true);
  return new Set(Object.entries(keys).flatMap(([name, key]) => (isReadOnly(key) ? [name] : [])));
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
    all: () => Object.fromEntries([...named].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
};
