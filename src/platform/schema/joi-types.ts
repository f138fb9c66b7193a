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
  };
  uuid(): Joi.StringSchema;
  object<T>(): Joi.ObjectSchema<T> & {
    component(name: string): Joi.ObjectSchema<T>;
    keys(fields: Readonly<Record<string, Joi.Schema>>): Joi.ObjectSchema<T> & {
      component(name: string): Joi.ObjectSchema<T>;
    };
  };
}

/** Neither white space, control, format nor half a surrogate pair. */
const VISIBLE = '[^\\p{Z}\\p{Cc}\\p{Cf}\\p{Cs}]';
const visible = new RegExp(VISIBLE, 'u');
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
          ...(!blank && !verbatim && { pattern: VISIBLE }),
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

const object = {
  type: 'object',
  base: Joi.object(),
  rules: {
    component: {
      method(this: Joi.Schema, name: string): Joi.Schema {
        return this.$_addRule({ name: 'component', args: { name } });
      },
      args: [
        { name: 'name', assert: (value: unknown) => typeof value === 'string', message: 'must be a name' },
      ],
      validate: (value: unknown) => value,
      jsonSchema(
        { args: { name } }: { args: { name: string } },
        { description, ...json }: JsonSchema,
        _only: unknown,
        _mode: unknown,
        options: { $defs: Record<string, JsonSchema> },
      ): JsonSchema {
        options.$defs[name] = json;
        return { $ref: `#/components/schemas/${name}`, ...(description !== undefined && { description }) };
      },
    },
  },
};

/** Joi with these types added; the types of `extend` can't express its result. */
export const joiTypes = Joi.extend(string, uuid, object) as JoiTypes;
