// What breaks a client between two versions of the OpenAPI document. A request may widen and a response may narrow; not the
// other way round.

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly multipleOf?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly not?: unknown;
  readonly readOnly?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

interface Parameter {
  readonly $ref?: string;
  readonly name?: string;
  readonly in?: string;
  readonly required?: boolean;
  readonly schema?: Schema;
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

interface Response {
  readonly $ref?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Content;
}

interface Operation {
  readonly operationId: string;
  readonly 'x-required-role'?: string;
  /** Alternatives: schemes with the roles or scopes that each requires. Without any, anyone may call. */
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Response>>;
}

export interface ComparedDocument {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Returns whether the callers of one operation may call the other too. */
const admitsCallersOf = (one: Operation, other: Operation): boolean => {
  const role = 'x-required-role';
  if (other[role] !== undefined && one[role] === undefined) return false;
  const [before, after] = [one.security ?? [], other.security ?? []];
  if (after.length === 0) return true;
  if (before.length === 0) return false;
  return before.every((given) =>
    after.some((required) =>
      Object.entries(required).every(
        ([scheme, scopes]) =>
          given[scheme] !== undefined && scopes.every((scope) => given[scheme]?.includes(scope)),
      ),
    ),
  );
};

type Direction = 'request' | 'response';

/** Returns what a reference names, or the part itself. */
const resolve = <Part extends { readonly $ref?: string }>(
  { components }: ComparedDocument,
  part: Part,
): Part => {
  if (part.$ref === undefined) return part;
  const [kind = '', name = ''] = part.$ref.split('/').slice(2);
  return (components[kind]?.[name] ?? {}) as Part; // the component has the type of what refers to it
};

/** Returns a schema without references, with the parts of `allOf` merged, and null among its types. */
const flat = (document: ComparedDocument, given: Schema): Schema => {
  const schema = resolve(document, given);
  if (schema.anyOf !== undefined) {
    const others = schema.anyOf.filter(({ type }) => type !== 'null').map((one) => flat(document, one));
    const [only = {}] = others;
    const isNullable = others.length < schema.anyOf.length;
    return { ...only, type: [...typesOf(only), ...(isNullable ? ['null'] : [])] };
  }
  const parts = (schema.allOf ?? []).map((part) => flat(document, part));
  return {
    ...schema,
    ...(parts.length > 0 && { type: 'object' }),
    properties: Object.assign(
      {},
      ...parts.map(({ properties }) => properties),
      schema.properties,
    ) as Schema['properties'] & object,
    required: [...parts.flatMap(({ required = [] }) => required), ...(schema.required ?? [])],
  };
};

const typesOf = ({ type = [] }: Schema): readonly string[] => [type].flat();

const isSubset = (some: readonly unknown[], all: readonly unknown[]): boolean =>
  some.every((one) => all.includes(one) || (one === 'integer' && all.includes('number')));

const textOf = (value: unknown): string => (value === undefined ? 'any' : JSON.stringify(value));

/** Bounds of requests that a later version may only loosen: `[name, whether a higher value is tighter]`. */
const BOUNDS = [
  ...(['minimum', 'minLength', 'minProperties'] as const).map((name) => [name, true] as const),
  ...(['maximum', 'maxLength', 'maxItems'] as const).map((name) => [name, false] as const),
];

const isTighter = (before: number | undefined, after: number | undefined, upwards: boolean): boolean => {
  if (after === undefined) return false;
  if (before === undefined) return true;
  return upwards ? after > before : after < before;
};

const INT32 = 2 ** 31;

/** Returns the schema of a request with the format int32 of an integer as what it is, two bounds. */
const withBounds = (schema: Schema): Schema => {
  const { format, minimum = -INT32, maximum = INT32 - 1, ...rest } = schema;
  if (format !== 'int32' || !typesOf(schema).includes('integer')) return schema;
  return { ...rest, minimum: Math.max(minimum, -INT32), maximum: Math.min(maximum, INT32 - 1) };
};

/** A format that says that an integer has no more than 32 bits narrows a response, where there was none. */
const changesFormat = (before: Schema, after: Schema): boolean =>
  before.format !== after.format && (before.format !== undefined || after.format !== 'int32');

const tightened = (before: Schema, after: Schema): readonly string[] => [
  ...BOUNDS.filter(([name, upwards]) => isTighter(before[name], after[name], upwards)).map(([name]) => name),
  ...(['pattern', 'multipleOf', 'format', 'not', 'oneOf'] as const).filter(
    (name) => after[name] !== undefined && textOf(after[name]) !== textOf(before[name]),
  ),
];

/** Compares two documents; each finding says where it is. */
export const breakingChanges = (before: ComparedDocument, after: ComparedDocument): readonly string[] => {
  const found: string[] = [];

  const compare = (one: Schema, other: Schema, direction: Direction, at: string): void => {
    const [earlier, later] = [flat(before, one), flat(after, other)];
    const [narrow, wide] = direction === 'request' ? [earlier, later] : [later, earlier];
    if (typesOf(wide).length > 0 && !isSubset(typesOf(narrow), typesOf(wide)))
      found.push(`${at}: type ${textOf(earlier.type)} became ${textOf(later.type)}`);
    if (wide.enum !== undefined && !isSubset(narrow.enum ?? ['any'], wide.enum))
      found.push(`${at}: values ${textOf(earlier.enum)} became ${textOf(later.enum)}`);
    for (const name of Object.keys(earlier.properties ?? {}))
      if (!Object.hasOwn(later.properties ?? {}, name)) found.push(`${at}/${name} is gone`);
    for (const name of wide === later ? (later.required ?? []) : (earlier.required ?? [])) {
      const isRequired = (wide === later ? earlier : later).required?.includes(name) === true;
      if (!isRequired && (direction === 'request' || Object.hasOwn(later.properties ?? {}, name)))
        found.push(`${at}/${name} became ${direction === 'request' ? 'required' : 'optional'}`);
    }
    if (direction === 'request')
      for (const rule of tightened(withBounds(earlier), withBounds(later)))
        found.push(`${at}: ${rule} is tighter`);
    else if (changesFormat(earlier, later)) found.push(`${at}: format changed`);
    for (const [name, property] of Object.entries(earlier.properties ?? {})) {
      const changed = later.properties?.[name];
      // What a request may only repeat is bounded by the response that it is from.
      const isRepeated = direction === 'request' && property.readOnly === true && changed?.readOnly === true;
      if (changed !== undefined && !isRepeated) compare(property, changed, direction, `${at}/${name}`);
    }
    if (earlier.items !== undefined && later.items !== undefined)
      compare(earlier.items, later.items, direction, `${at}/items`);
  };

  const compareContents = (one: Content, other: Content, direction: Direction, at: string): void => {
    for (const [type, { schema }] of Object.entries(one)) {
      const changed = other[type];
      if (changed === undefined) found.push(`${at}: ${type} is gone`);
      else compare(schema ?? {}, changed.schema ?? {}, direction, at);
    }
  };

  const compareParameters = (one: Operation, other: Operation, at: string): void => {
    const key = ({ in: where = '', name = '' }: Parameter): string => `${where} parameter ${name}`;
    const earlier = new Map(
      (one.parameters ?? []).map((each) => resolve(before, each)).map((each) => [key(each), each]),
    );
    const later = new Map(
      (other.parameters ?? []).map((each) => resolve(after, each)).map((each) => [key(each), each]),
    );
    for (const [name, parameter] of earlier) {
      const changed = later.get(name);
      if (changed === undefined) found.push(`${at}: ${name} is gone`);
      else compare(parameter.schema ?? {}, changed.schema ?? {}, 'request', `${at}, ${name}`);
    }
    for (const [name, { required }] of later)
      if (required === true && earlier.get(name)?.required !== true)
        found.push(`${at}: ${name} became required`);
  };

  const compareResponses = (one: Operation, other: Operation, at: string): void => {
    for (const [status, response] of Object.entries(one.responses).filter(([code]) => Number(code) < 400)) {
      const [earlier, changed] = [resolve(before, response), other.responses[status]];
      if (changed === undefined) found.push(`${at}: the status ${status} is gone`);
      else {
        const later = resolve(after, changed);
        for (const header of Object.keys(earlier.headers ?? {}))
          if (!Object.hasOwn(later.headers ?? {}, header))
            found.push(`${at}, ${status}: header ${header} is gone`);
        compareContents(earlier.content ?? {}, later.content ?? {}, 'response', `${at}, ${status}`);
      }
    }
  };

  for (const [path, item] of Object.entries(before.paths))
    for (const [method, one] of Object.entries(item)) {
      const at = `${method} ${path}`;
      const other = after.paths[path]?.[method];
      if (other === undefined) {
        found.push(`${at} is gone`);
        continue;
      }
      if (one.operationId !== other.operationId) found.push(`${at}: operationId is ${other.operationId}`);
      if (!admitsCallersOf(one, other)) found.push(`${at}: fewer callers may call it`);
      compareParameters(one, other, at);
      if (other.requestBody?.required === true && one.requestBody?.required !== true)
        found.push(`${at}: the body became required`);
      if (one.requestBody !== undefined)
        compareContents(one.requestBody.content, other.requestBody?.content ?? {}, 'request', `${at}, body`);
      compareResponses(one, other, at);
    }
  return [...new Set(found)];
};

/** Returns whether Semantic Versioning lets a version break what the earlier one has promised. */
export const mayBreak = (before: string, after: string): boolean => {
  const [[major = 0, minor = 0] = [], [nextMajor = 0, nextMinor = 0] = []] = [before, after].map((version) =>
    version.split('.').map(Number),
  );
  return nextMajor > major || (nextMajor === 0 && major === 0 && nextMinor > minor);
};
