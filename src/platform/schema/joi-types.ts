import Joi from 'joi';
import { countriesMeant, countryCode } from '../country.js';
import { MAX_ADDRESS, oddCharacterIn, parseEmailAddress } from '../email-address.js';
import { codeUnitsFor, MAX_TEXT } from './text-limits.js';

// Joi's extension point, for what plain Joi can't express in JSON Schema: lengths in code points, text that is normalised even
// where nothing else is converted, and objects that become named components of the OpenAPI document.

type JsonSchema = Readonly<Record<string, unknown>>;

export interface CharacterRules {
  readonly min: number;
  readonly max: number;
  readonly verbatim: boolean;
  readonly blank: boolean;
}

interface JoiTypes {
  string(): Joi.StringSchema & {
    characters(rules: CharacterRules): Joi.StringSchema;
    instant(): Joi.StringSchema;
    country(): Joi.StringSchema;
    emailAddress(): Joi.StringSchema;
    webUrl(max: number): Joi.StringSchema;
  };
  uuid(): Joi.StringSchema;
  object<T>(): Joi.ObjectSchema<T>;
  enumeration(component: EnumerationComponent): Joi.AnySchema;
  number(): Joi.NumberSchema;
}

/** Adds to an object what only JSON Schema says, or says in other words than Joi; see `objectRules`. */
export interface ObjectRules<T> extends Joi.ObjectSchema<T> {
  component(component: ObjectComponent): Joi.ObjectSchema<T>;
  fieldChoice(choice: FieldChoice): Joi.ObjectSchema<T>;
}

export interface NumberRules extends Joi.NumberSchema {
  except(value: number): Joi.NumberSchema;
  decimals(digits: number): Joi.NumberSchema;
}

/** A component that others extend by further fields. */
export interface BaseComponent {
  readonly name: string;
  readonly description: string;
  readonly fields: readonly string[];
}

/** A schema of its own name under `components/schemas`. */
export interface ObjectComponent {
  readonly name: string;
  /** Markdown; of the component, wherever it is used. */
  readonly description?: string | undefined;
  /** The component that this one extends, and the fields that are that one's. */
  readonly base?: BaseComponent | undefined;
}

export interface EnumerationComponent {
  readonly name: string;
  readonly description: string;
  readonly values: readonly string[];
}

/** Which of some optional fields an object may have, as JSON Schema: Joi checks it by `xor` and `nand`. */
export interface FieldChoice {
  readonly kind: 'exactlyOne' | 'notTogether';
  readonly names: readonly string[];
}

/** Neither white space, control, format nor half a surrogate pair. */
const visible = /[^\p{Z}\p{Cc}\p{Cf}\p{Cs}]/u;

/** The characters of the Basic Multilingual Plane that a pattern matches, as the ranges of a class: `\x00-\x20`. */
const rangesOf = (pattern: RegExp): string => {
  const written = (code: number): string =>
    code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : String.fromCharCode(code);
  const ranges: { first: number; last: number }[] = [];
  for (let code = 0; code <= 0xffff; code += 1) {
    const last = ranges.at(-1);
    if (!pattern.test(String.fromCharCode(code))) continue;
    if (last?.last === code - 1) last.last = code;
    else ranges.push({ first: code, last: code });
  }
  return ranges
    .map(({ first, last }) => (first === last ? written(first) : `${written(first)}-${written(last)}`))
    .join('');
};

/**
 * The same for the JSON Schema, without `\p`, which Python's `re` and a JavaScript RegExp without `u` refuse, and without `\u`,
 * which Go refuses: the invisible characters beyond Latin-1 stand for themselves. Those beyond the Basic Multilingual Plane count
 * as visible here, and only here.
 */
let visiblePattern: string | undefined;
const VISIBLE = (): string => (visiblePattern ??= `[^${rangesOf(/[\p{Z}\p{Cc}\p{Cf}]/u)}]`);
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const RFC_3339 = /^(?<day>\d{4}-\d{2}-\d{2})T(?!24)\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i;

/** A time whose unescaped plus sign the query-string parser has turned into a space. */
const PLUS_READ_AS_SPACE = /T\d{2}:\d{2}:\d{2}\S* \d{2}:\d{2}$/i;

/**
 * Returns the time of an RFC 3339 text; null if its month has no such day, which `Date` moves to the next month, and if it is not
 * in the years 1 to 9999 of UTC: databases support no others.
 */
const parseInstant = (given: string): Date | null => {
  const day = RFC_3339.exec(given)?.groups?.['day'];
  const [date, midnight] = [new Date(given), new Date(`${day ?? ''}T00:00:00Z`)];
  if (day === undefined || Number.isNaN(date.getTime()) || Number.isNaN(midnight.getTime())) return null;
  return midnight.toISOString().startsWith(day) && /^(?!0000)\d/.test(date.toISOString()) ? date : null;
};

const tidy = (value: string): string => value.normalize('NFC').trim();

/** Returns the normal form of an http or https URL by the URL Standard of WHATWG; null if it is none. */
const parseWebUrl = (given: string): string | null => {
  if (!URL.canParse(given)) return null;
  const { protocol, href } = new URL(given);
  return protocol === 'https:' || protocol === 'http:' ? href : null;
};

// Rules may change the value, even where conversion is off; `coerce` and `prepare` do not run there.
const string = {
  type: 'string',
  base: Joi.string(),
  /** Joi runs all rules, whatever the first one finds; a failure here ends the check. */
  validate(given: string, { schema, error }: Joi.CustomHelpers) {
    // Joi has no type for the arguments of a rule that an extension adds.
    const { rules } = (schema.$_getRule('characters')?.args ?? {}) as { rules?: CharacterRules };
    if (rules === undefined || given.length <= codeUnitsFor(rules.max)) return undefined;
    return { value: given, errors: error('text.units', { max: rules.max, units: codeUnitsFor(rules.max) }) };
  },
  messages: {
    'text.instant':
      'must be an RFC 3339 time with its offset, such as 2026-01-31T12:00:00Z, in the years 1 to 9999',
    'text.plus': 'must have a + before its offset, encoded as %2B in a URL: 2026-01-31T12:00:00%2B02:00',
    'text.email': 'must be an address that can receive e-mail, such as ann@example.org',
    'text.url': 'must be an http or https URL',
    'text.url.long': 'must have at most {{#max}} characters, also with every character escaped',
    'text.odd': 'must not contain the character {{#odd}}',
    'text.country': 'must be a country code of ISO 3166-1, two letters such as GB',
    'text.meant': 'must be a country code of ISO 3166-1: {{#meant}}',
    'text.short': 'must have at least {{#min}} characters',
    'text.long': 'must have at most {{#max}} characters',
    'text.units': 'must have at most {{#max}} characters and at most {{#units}} UTF-16 code units',
    'text.blank': 'must have a visible character',
  },
  rules: {
    instant: {
      validate: (given: string, helpers: Joi.CustomHelpers) =>
        parseInstant(given) ?? helpers.error(PLUS_READ_AS_SPACE.test(given) ? 'text.plus' : 'text.instant'),
      jsonSchema: (_rule: unknown, json: JsonSchema): JsonSchema => ({ ...json, format: 'date-time' }),
    },
    country: {
      validate(given: string, helpers: Joi.CustomHelpers) {
        const code = countryCode(given);
        if (code !== null) return code;
        const meant = countriesMeant(given).map((country) => `${country.code} for ${country.name}`);
        return meant.length === 0
          ? helpers.error('text.country')
          : helpers.error('text.meant', { meant: meant.join(', ') });
      },
      jsonSchema: (_rule: unknown, json: JsonSchema): JsonSchema => ({ ...json, pattern: '^[A-Za-z]{2}$' }),
    },
    emailAddress: {
      validate(given: string, helpers: Joi.CustomHelpers) {
        const address = parseEmailAddress(given);
        if (address !== null) return address;
        if (given.trim().length > MAX_ADDRESS) return helpers.error('text.long', { max: MAX_ADDRESS });
        const odd = oddCharacterIn(given);
        return odd === null ? helpers.error('text.email') : helpers.error('text.odd', { odd });
      },
      jsonSchema: (_rule: unknown, json: JsonSchema): JsonSchema => ({
        ...json,
        format: 'email',
        maxLength: MAX_ADDRESS,
      }),
    },
    webUrl: {
      method(this: Joi.Schema, max: number): Joi.Schema {
        return this.$_addRule({ name: 'webUrl', args: { max } });
      },
      args: [{ name: 'max', assert: () => true, message: 'must be a number' }],
      validate(given: string, helpers: Joi.CustomHelpers, { max }: { max: number }) {
        if (given.length > max) return helpers.error('text.long', { max });
        const url = parseWebUrl(given);
        if (url === null) return helpers.error('text.url');
        return url.length > max ? helpers.error('text.url.long', { max }) : url;
      },
      jsonSchema: ({ args: { max } }: { args: { max: number } }, json: JsonSchema): JsonSchema => ({
        ...json,
        format: 'uri',
        maxLength: max,
      }),
    },
    characters: {
      method(this: Joi.Schema, rules: CharacterRules): Joi.Schema {
        if (rules.max > MAX_TEXT) throw new RangeError(`a text has at most ${MAX_TEXT} characters`);
        return this.$_addRule({ name: 'characters', args: { rules } });
      },
      args: [{ name: 'rules', assert: () => true, message: 'must be rules' }],
      validate(given: string, helpers: Joi.CustomHelpers, { rules }: { rules: CharacterRules }) {
        const { min, max, verbatim, blank } = rules;
        const value = verbatim ? given : tidy(given);
        // A value that is stored as given is also measured in NFC, since that is how many characters its writer sees.
        const length = Array.from(value.normalize('NFC')).length;
        if (length > max) return helpers.error('text.long', { max });
        if (blank) return value;
        if (!verbatim && !visible.test(value)) return helpers.error('text.blank');
        return length < min ? helpers.error('text.short', { min }) : value;
      },
      jsonSchema({ args: { rules } }: { args: { rules: CharacterRules } }, json: JsonSchema): JsonSchema {
        const { min, max, verbatim, blank } = rules;
        return {
          ...json,
          ...(!blank && { minLength: min }),
          maxLength: max,
          ...(!blank && !verbatim && { pattern: VISIBLE() }),
        };
      },
    },
  },
};

const uuid = {
  type: 'uuid',
  base: Joi.string(),
  messages: { 'uuid.form': 'must be a UUID' },
  validate(given: string, helpers: Joi.CustomHelpers) {
    const value = given.toLowerCase();
    return UUID.test(value) ? { value } : { value, errors: helpers.error('uuid.form') };
  },
  jsonSchema: (_schema: Joi.Schema, json: JsonSchema): JsonSchema => ({
    ...json,
    type: 'string',
    format: 'uuid',
  }),
};

interface Definitions {
  readonly $defs: Record<string, JsonSchema>;
}

const componentPath = (name: string): string => `#/components/schemas/${name}`;

const argument = (name: string) => ({ name, assert: () => true, message: `must be a ${name}` });

const accept = (value: unknown): unknown => value;

const pick = (fields: JsonSchema, keep: (name: string) => boolean): JsonSchema =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => keep(name)));

/** Returns an object's schema as an extension of its base, which is defined too. */
const extended = (json: JsonSchema, { base }: ObjectComponent, $defs: Definitions['$defs']): JsonSchema => {
  if (base === undefined) return json;
  const {
    type,
    properties = {},
    required = [],
  } = json as {
    readonly type?: string;
    readonly properties?: JsonSchema;
    readonly required?: readonly string[];
  };
  const part = (keep: (name: string) => boolean): JsonSchema => ({
    type,
    properties: pick(properties, keep),
    required: required.filter(keep),
  });
  const isOfBase = (name: string): boolean => base.fields.includes(name);
  $defs[base.name] = { description: base.description, ...part(isOfBase) };
  const own = part((name) => !isOfBase(name));
  const hasOwn = Object.keys(properties).some((name) => !isOfBase(name));
  return {
    allOf: [{ $ref: componentPath(base.name) }, ...(hasOwn ? [own] : [])],
    unevaluatedProperties: false,
  };
};

const objectRules = {
  component: {
    method(this: Joi.Schema, component: ObjectComponent): Joi.Schema {
      return this.$_addRule({ name: 'component', args: { component } });
    },
    args: [argument('component')],
    validate: accept,
    jsonSchema(
      { args: { component } }: { args: { component: ObjectComponent } },
      { description: ofUse, ...json }: JsonSchema,
      _only: unknown,
      _mode: unknown,
      { $defs }: Definitions,
    ): JsonSchema {
      const { name, description } = component;
      $defs[name] = {
        ...(description !== undefined && { description }),
        ...extended(json, component, $defs),
      };
      return { $ref: componentPath(name), ...(ofUse !== undefined && { description: ofUse }) };
    },
  },
  fieldChoice: {
    method(this: Joi.Schema, choice: FieldChoice): Joi.Schema {
      return this.$_addRule({ name: 'fieldChoice', args: { choice } });
    },
    args: [argument('choice')],
    validate: accept,
    jsonSchema({ args: { choice } }: { args: { choice: FieldChoice } }, json: JsonSchema): JsonSchema {
      const { kind, names } = choice;
      return kind === 'exactlyOne'
        ? { ...json, oneOf: names.map((name) => ({ required: [name] })) }
        : {
            ...json,
            not: { required: names, properties: Object.fromEntries(names.map((name) => [name, {}])) },
          };
    },
  },
};

const object = { type: 'object', base: Joi.object(), rules: objectRules };

/** One of some texts, by a name of its own in the OpenAPI document. */
const enumeration = {
  type: 'enumeration',
  base: Joi.any(),
  args: (schema: Joi.Schema, component: EnumerationComponent): Joi.Schema =>
    schema.$_addRule({ name: 'values', args: { component } }),
  rules: {
    values: {
      args: [argument('component')],
      validate(
        given: unknown,
        helpers: Joi.CustomHelpers,
        { component: { values } }: { component: EnumerationComponent },
      ) {
        return values.some((value) => value === given)
          ? given
          : helpers.error('any.only', { valids: values });
      },
      jsonSchema(
        { args: { component } }: { args: { component: EnumerationComponent } },
        json: JsonSchema,
        _only: unknown,
        _mode: unknown,
        { $defs }: Definitions,
      ): JsonSchema {
        const { name, description, values } = component;
        $defs[name] = { description, type: 'string', enum: values };
        return { ...json, $ref: componentPath(name) };
      },
    },
  },
};

const number = {
  type: 'number',
  base: Joi.number(),
  rules: {
    except: {
      method(this: Joi.Schema, value: number): Joi.Schema {
        return this.$_addRule({ name: 'except', args: { value } });
      },
      args: [argument('value')],
      validate(given: number, helpers: Joi.CustomHelpers, { value }: { value: number }) {
        return given === value ? helpers.error('any.invalid', { invalids: [value] }) : given;
      },
      jsonSchema: ({ args: { value } }: { args: { value: number } }, json: JsonSchema): JsonSchema => ({
        ...json,
        not: { const: value },
      }),
    },
    /** Only says it: what checks the decimals knows the currency and compares without rounding. */
    decimals: {
      method(this: Joi.Schema, digits: number): Joi.Schema {
        return this.$_addRule({ name: 'decimals', args: { digits } });
      },
      args: [argument('digits')],
      validate: accept,
      jsonSchema: ({ args: { digits } }: { args: { digits: number } }, json: JsonSchema): JsonSchema => ({
        ...json,
        multipleOf: Number(`1e-${String(digits)}`),
      }),
    },
  },
};

/** Joi with these types added; the types of `extend` can't express its result. */
export const joiTypes = Joi.extend(string, uuid, object, enumeration, number) as JoiTypes;
