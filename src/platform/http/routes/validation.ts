import type Joi from 'joi';
import { failHttp } from '../pipeline/errors.js';
import { findingsOf, parameterSentence, sentence, type Finding, type Path } from './sentences.js';
import type { ObjectSchema, Schema } from '#src/platform/schema/schema.js';
import { codeUnitsFor, MAX_PARAMETER, MAX_TEXT, textFault } from '#src/platform/schema/text-limits.js';

/** The problem of one value: in a body at an RFC 6901 `pointer`, in a query string in a `parameter`. */
export type ValidationError =
  | { readonly pointer: string; readonly detail: string }
  | { readonly parameter: string; readonly detail: string };

/** Maximum number of errors: more would only make the response large. */
const MAX_ERRORS = 50;
/** Of one row of a file: they are stored. */
const MAX_ROW_ERRORS = 10;
/** Maximum number of code units of all pointers of a response: each of them repeats the names of all fields above its value. */
const MAX_POINTERS = 5000;
/** Code units. Far longer than any name of the API. */
const MAX_NAME = 64;
/** Far deeper than any body of the API; keeps every recursion over a body shallow. */
const MAX_DEPTH = 20;
/** Members and items in total. Joi takes half a second for the numbers that fit into a body. */
const MAX_VALUES = 1000;
const MAX_PARAMETERS = 50;

const LONG_NAME = `must not have a field whose name is longer than ${MAX_NAME} characters`;

const OPTIONS = {
  abortEarly: false,
  errors: { label: false },
} satisfies Joi.ValidationOptions;

/**
 * Returns the problems that are checked before any schema: texts that are slow to process or that no database stores, keys that
 * JavaScript takes for a prototype, keys that are too long to repeat, depth, and number of values.
 */
const errorsOfEvery = (root: unknown, maxCodeUnits: number): readonly Finding[] => {
  const findings: Finding[] = [];
  const pending: { readonly value: unknown; readonly path: Path }[] = [{ value: root, path: [] }];
  let values = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, path } = next;
    if ((values += 1) > MAX_VALUES) return [{ path: [], detail: `must have at most ${MAX_VALUES} values` }];
    if (typeof value === 'string') {
      const fault = textFault(value, maxCodeUnits);
      if (fault !== null) findings.push({ path, detail: fault });
    } else if (typeof value === 'object' && value !== null) {
      if (path.length >= MAX_DEPTH) findings.push({ path, detail: 'is nested too deeply' });
      else if (Object.keys(value).some(({ length }) => length > MAX_NAME))
        findings.push({ path, detail: LONG_NAME });
      else {
        for (const [key, child] of Object.entries(value)) {
          const at = [...path, Array.isArray(value) ? Number(key) : key];
          if (key === '__proto__') findings.push({ path: at, detail: 'is not known' });
          else pending.push({ value: child, path: at });
        }
      }
    }
  }
  return findings.reverse();
};

/** In a body nothing is converted and texts may be long; parameters are texts that Joi converts to numbers and the like. */
const KINDS = {
  body: { convert: false, maxCodeUnits: codeUnitsFor(MAX_TEXT) },
  parameters: { convert: true, maxCodeUnits: MAX_PARAMETER },
} as const;

type Kind = keyof typeof KINDS;

const COMPILED: Readonly<Record<Kind, WeakMap<Schema, Joi.Schema>>> = {
  body: new WeakMap(),
  parameters: new WeakMap(),
};

/** Returns the schema with its options, which Joi would otherwise merge on each call. */
const compiled = (schema: Schema, kind: Kind): Joi.Schema => {
  let joi = COMPILED[kind].get(schema);
  if (joi === undefined) {
    joi = schema.joi.preferences({ ...OPTIONS, convert: KINDS[kind].convert });
    COMPILED[kind].set(schema, joi);
  }
  return joi;
};

const check = (
  schema: Schema,
  value: unknown,
  kind: Kind,
): { value: unknown; findings: readonly Finding[] } => {
  const unsafe = errorsOfEvery(value, KINDS[kind].maxCodeUnits);
  if (unsafe.length > 0) return { value, findings: unsafe };
  const result: Joi.ValidationResult<unknown> = compiled(schema, kind).validate(value);
  return { value: result.value, findings: findingsOf(result.error?.details ?? []) };
};

/** Returns an RFC 6901 pointer. A key that is not valid UTF-8 is shown with replacement characters. */
const pointerTo = (path: Path): string =>
  path.map((part) => `/${String(part).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Returns one of many objects of a file as the schema reads it, or what is wrong with it. */
export const checkRow = <T>(
  schema: ObjectSchema<T>,
  row: unknown,
):
  | { readonly value: T }
  | { readonly problems: readonly { readonly pointer: string; readonly detail: string }[] } => {
  const { value, findings } = check(schema, row, 'body');
  if (findings.length === 0) return { value: value as T }; // the schema has checked it
  const problems = findings.slice(0, MAX_ROW_ERRORS);
  return { problems: problems.map((found) => ({ pointer: pointerTo(found.path), detail: sentence(found) })) };
};

/** Returns the body as the schema reads it, without conversion: "5" is not a number. */
export const checkBody = (schema: Schema, body: unknown): unknown => {
  const { value, findings } = check(schema, body, 'body');
  if (findings.length === 0) return value;
  let room = MAX_POINTERS;
  const errors: ValidationError[] = [];
  for (const finding of findings.slice(0, MAX_ERRORS)) {
    const pointer = pointerTo(finding.path);
    room -= pointer.length;
    if (errors.length > 0 && room < 0) break;
    errors.push({ pointer, detail: sentence(finding) });
  }
  throw failHttp('invalid_body', { errors });
};

/** Returns the response of another process as the schema reads it; throws if it does not match the schema. */
export const readAs = <T>(schema: ObjectSchema<T>, response: unknown): T => {
  const result: Joi.ValidationResult<T> = compiled(schema, 'body').validate(response);
  // Joi's own error contains the whole response, which must not reach the log.
  if (result.error !== undefined) throw new TypeError(result.error.message);
  return result.value;
};

/** What schemas make of an empty query string: their defaults. */
const DEFAULTS = new WeakMap<Schema, unknown>();

/** Returns the query string as the schema reads it, its numbers converted; each parameter may be given once. */
export const checkSearch = (schema: Schema, querystring: string): unknown => {
  if (querystring !== '') return checkGiven(schema, querystring);
  const defaults = DEFAULTS.get(schema) ?? Object.freeze(checkGiven(schema, ''));
  DEFAULTS.set(schema, defaults);
  return defaults;
};

const checkGiven = (schema: Schema, querystring: string): unknown => {
  const given = new URLSearchParams(querystring);
  if (given.size > MAX_PARAMETERS) {
    const detail = `The query string must have at most ${MAX_PARAMETERS} parameters.`;
    throw failHttp('invalid_query', { errors: [{ parameter: '', detail }] });
  }
  const repeated = [...new Set(given.keys())].filter((name) => given.getAll(name).length > 1);
  const { value, findings } = check(schema, Object.fromEntries(given), 'parameters');
  const errors: readonly ValidationError[] = [
    ...repeated.map((parameter) => ({
      parameter,
      detail: parameterSentence({ path: [parameter], detail: 'must be given once' }),
    })),
    ...findings.map((finding) => ({
      parameter: String(finding.path[0] ?? ''),
      detail: parameterSentence(finding),
    })),
  ].slice(0, MAX_ERRORS);
  if (errors.length > 0) throw failHttp('invalid_query', { errors });
  return value;
};

/** Returns the parameters of the path. A violation of the schema is a 404: a resource with such an id cannot exist. */
export const checkParams = (schema: Schema, params: unknown): unknown => {
  const { value, findings } = check(schema, params, 'parameters');
  if (findings.length > 0) throw failHttp('not_found');
  return value;
};
