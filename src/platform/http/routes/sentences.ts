import type Joi from 'joi';

// Sentences about invalid values that can be shown to a shopper. Joi's own texts are for programmers, and repeat values.

export type Path = readonly (string | number)[];

/** The problem of the value at a path, in words that follow its name: `must be a whole number`. */
export interface Finding {
  readonly path: Path;
  readonly detail: string;
}

const WORDS: Readonly<Record<string, string>> = { email: 'e-mail', id: 'ID', url: 'URL', q: 'search text' };

/** Returns `postal code` for `postalCode`. */
const nameOf = (field: string): string =>
  field
    .split(/(?<=[a-z])(?=[A-Z\d])/)
    .map((word) => WORDS[word.toLowerCase()] ?? word.toLowerCase())
    .join(' ')
    .replace(/e-mail$/, 'e-mail address');

const isPlural = (name: string): boolean => /[^s]s$/.test(name);

const partOf = (part: string | number): string =>
  typeof part === 'number' ? `item ${String(part + 1)}` : nameOf(part);

/** Returns `quantity of item 2` for `['items', 1, 'quantity']`. */
const subjectOf = (path: Path): string => {
  const last = path.at(-1);
  if (last === undefined) return 'body';
  const before = path.at(-2);
  return typeof before === 'number' && typeof last === 'string'
    ? `${partOf(last)} of ${partOf(before)}`
    : partOf(last);
};

const anOrSome = (name: string): string => {
  if (isPlural(name)) return `Some ${name} are`;
  return /^(?:[aeio]|u(?!ser|nit|rl))/i.test(name) ? `An ${name} is` : `A ${name} is`;
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Returns a client's own field name, short enough to repeat and in characters of any encoding. */
const fieldText = (name: string | number | undefined): string =>
  String(name ?? '')
    .slice(0, 64)
    .toWellFormed();

const listOf = (values: readonly unknown[]): string => {
  const texts = values.map(String);
  const last = texts.pop() ?? '';
  return texts.length === 0 ? last : `${texts.join(', ')} or ${last}`;
};

const REQUIRED = 'is required';
const UNKNOWN = 'is not known';

/** Returns the problem of a body as a sentence: `A name is required.` */
export const sentence = ({ path, detail }: Finding): string => {
  const subject = subjectOf(path);
  if (detail === REQUIRED && path.length > 0) return `${anOrSome(subject)} required.`;
  if (detail === UNKNOWN) return `There is no field ${fieldText(path.at(-1))} here.`;
  return subject.startsWith('item ') ? `${capital(subject)} ${detail}.` : `The ${subject} ${detail}.`;
};

/** Returns the problem of a query string as a sentence: `The parameter limit must be at most 100.` */
export const parameterSentence = ({ path, detail }: Finding): string => {
  const name = fieldText(path[0]);
  return detail === UNKNOWN ? `There is no parameter ${name} here.` : `The parameter ${name} ${detail}.`;
};

type Context = Readonly<Record<string, unknown>>;

const PREDICATES: Readonly<Record<string, (context: Context) => string>> = {
  'any.required': () => REQUIRED,
  'object.unknown': () => UNKNOWN,
  'any.only': ({ valids }) =>
    `must be ${listOf((valids as readonly unknown[]).filter((valid) => valid !== null))}`,
  'any.invalid': ({ invalids }) => `must not be ${listOf(invalids as readonly unknown[])}`,
  'string.base': () => 'must be text',
  'string.empty': () => 'must not be empty',
  'string.min': ({ limit }) => `must have at least ${String(limit)} characters`,
  'string.max': ({ limit }) => `must have at most ${String(limit)} characters`,
  'string.uri': () => 'must be a URL',
  'string.uriCustomScheme': () => 'must be an http or https URL',
  'string.isoDate': () => 'must be an RFC 3339 time',
  'string.guid': () => 'must be a UUID',
  'number.base': () => 'must be a number',
  'number.infinity': () => 'must be a number',
  'number.unsafe': () => 'must be a number with fewer digits',
  'number.integer': () => 'must be a whole number',
  'number.min': ({ limit }) => `must be at least ${String(limit)}`,
  'number.max': ({ limit }) => `must be at most ${String(limit)}`,
  'boolean.base': () => 'must be true or false',
  'object.base': () => 'must be an object',
  'object.min': ({ limit }) => `must have at least ${String(limit)} field${limit === 1 ? '' : 's'}`,
  'object.missing': ({ peers }) => `must have one of the fields ${listOf(peers as readonly unknown[])}`,
  'object.nand': ({ main, peers }) =>
    `must have only one of the fields ${listOf([main, ...(peers as readonly unknown[])])}`,
  'object.xor': ({ peers }) => `must have only one of the fields ${listOf(peers as readonly unknown[])}`,
  'array.base': () => 'must be a list',
  'array.min': ({ limit }) => `must have at least ${String(limit)} item${limit === 1 ? '' : 's'}`,
  'array.max': ({ limit }) => `must have at most ${String(limit)} items`,
};

/** Returns Joi's findings, one for each value: the first one causes the others. */
export const findingsOf = (details: readonly Joi.ValidationErrorItem[]): readonly Finding[] => {
  const found = new Map<string, Finding>();
  for (const { type, path, message, context = {} } of details) {
    const key = JSON.stringify(path);
    // The schemas' own rules already have messages of this form.
    if (!found.has(key)) found.set(key, { path, detail: PREDICATES[type]?.(context) ?? message });
  }
  return [...found.values()];
};
