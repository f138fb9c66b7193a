import type Joi from 'joi';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Collects the named schemas that the document's operations refer to. */
export interface SchemaCollection {
  /** The JSON Schema of what a caller sends (`input`) or gets (`output`), its named parts as references. */
  add(schema: Joi.Schema, mode: 'input' | 'output'): JsonSchema;
  all(): Readonly<Record<string, JsonSchema>>;
}

/** Joi's JSON Schema is that of draft 2020-12, which is OpenAPI 3.1's own. */
const toJson = (schema: Joi.Schema, mode: 'input' | 'output'): JsonSchema =>
  schema['~standard'].jsonSchema[mode]({ target: 'draft-2020-12' });

export const collectSchemas = (): SchemaCollection => {
  const named = new Map<string, JsonSchema>();
  return {
    add: (schema, mode) => {
      const { $defs = {}, ...json } = toJson(schema, mode) as JsonSchema & {
        readonly $defs?: Readonly<Record<string, JsonSchema>>;
      };
      for (const [name, definition] of Object.entries($defs)) {
        const earlier = named.get(name);
        if (earlier !== undefined && JSON.stringify(earlier) !== JSON.stringify(definition)) {
          throw new Error(`two different schemas are named ${name}`);
        }
        named.set(name, definition);
      }
      return json;
    },
    all: () => Object.fromEntries([...named].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
};
