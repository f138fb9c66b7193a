// The rules of our own for the OpenAPI document: what no public linter knows, or does not know for sure. Each returns the places
// that break it.

type Parts = Readonly<Record<string, Part>>;

/** A part of the document, whichever: it has what the rules look at, where it is there. */
interface Part {
  readonly $ref?: string;
  readonly name?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly example?: unknown;
  readonly examples?: unknown;
  readonly parameters?: readonly Part[];
  readonly requestBody?: Part;
  readonly responses?: Parts;
  readonly content?: Parts;
  readonly schema?: Part;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly 'x-required-role'?: string;
  readonly 'x-required-scope'?: string;
  readonly discriminator?: { readonly mapping?: Readonly<Record<string, string>> };
  readonly type?: string | readonly string[];
  readonly pattern?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly multipleOf?: number;
  readonly readOnly?: boolean;
  readonly properties?: Parts;
  readonly items?: Part;
  readonly allOf?: readonly Part[];
  readonly oneOf?: readonly Part[];
  readonly anyOf?: readonly Part[];
}

interface Operation extends Part {
  readonly tags: readonly string[];
  readonly responses: Parts;
}

export interface LintedDocument {
  readonly info: { readonly contact?: { readonly url?: string } };
  readonly tags: readonly Part[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<
    Record<'schemas' | 'responses' | 'parameters' | 'headers' | 'securitySchemes', Parts>
  >;
}

export type Rule = (document: LintedDocument) => readonly string[];

const METHODS = new Set(['get', 'put', 'post', 'delete', 'patch']);

interface Place {
  readonly at: string;
  readonly operation: Operation;
  readonly method: string;
}

const operationsOf = ({ paths }: LintedDocument): readonly Place[] =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => METHODS.has(method))
      .map(([method, operation]) => ({ at: `${method} ${path}`, operation, method })),
  );

const nameOf = (part: Part | undefined): string => part?.$ref?.split('/').at(-1) ?? '';

/** Returns the part, or the component that it refers to; an empty part if there is none. */
const resolve = ({ components }: LintedDocument, part: Part | undefined): Part => {
  if (part?.$ref === undefined) return part ?? {};
  const [kind = '', name = ''] = part.$ref.split('/').slice(2);
  return (components as Readonly<Record<string, Parts>>)[kind]?.[name] ?? {};
};

const parametersOf = (document: LintedDocument, { parameters = [] }: Part): readonly Part[] =>
  parameters.map((parameter) => resolve(document, parameter));

/** Calls `visit` with every schema below one, itself included; not with what it excludes by `not`. */
const eachSchema = (
  schema: Part | undefined,
  at: string,
  visit: (schema: Part, at: string) => void,
): void => {
  if (schema === undefined) return;
  visit(schema, at);
  eachSchema(schema.items, `${at}/items`, visit);
  for (const children of [schema.properties, schema.allOf, schema.oneOf, schema.anyOf])
    for (const [name, child] of Object.entries<Part>(children ?? {}))
      eachSchema(child, `${at}/${name}`, visit);
};

const componentsOf = ({ components }: LintedDocument): readonly (readonly [string, Part])[] =>
  Object.entries(components.schemas);

const schemasIn = (document: LintedDocument): readonly (readonly [at: string, schema: Part])[] => {
  const found: (readonly [string, Part])[] = [];
  const collect = (schema: Part | undefined, at: string): void => {
    eachSchema(schema, at, (each, where) => found.push([where, each]));
  };
  for (const [name, schema] of componentsOf(document)) collect(schema, name);
  for (const { at, operation } of operationsOf(document))
    for (const { schema, name = '' } of parametersOf(document, operation)) collect(schema, `${at}, ${name}`);
  return found;
};

const requestSchemaOf = ({ requestBody }: Part): Part | undefined =>
  requestBody?.content?.['application/json']?.schema;

const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';

/** Returns whether a property is described where it is used, or as the component that it is. */
const isDescribed = (document: LintedDocument, property: Part): boolean =>
  isText(property.description) ||
  isText(resolve(document, property).description) ||
  (property.anyOf ?? []).some((one) => isDescribed(document, one));

const descriptions: Rule = (document) => [
  ...operationsOf(document)
    .filter(({ operation: { summary, description } }) => !isText(summary) || !isText(description))
    .map(({ at }) => at),
  ...operationsOf(document).flatMap(({ at, operation }) =>
    parametersOf(document, operation)
      .filter(({ description }) => !isText(description))
      .map(({ name = '' }) => `${at}, ${name}`),
  ),
  ...componentsOf(document)
    .filter(([, schema]) => !isText(schema.description))
    .map(([name]) => name),
  ...schemasIn(document).flatMap(([at, { properties = {} }]) =>
    Object.entries(properties)
      .filter(([, property]) => !isDescribed(document, property))
      .map(([name]) => `${at}/${name}`),
  ),
  ...[document.components.securitySchemes, document.components.headers].flatMap((parts) =>
    Object.entries(parts)
      .filter(([, { description }]) => !isText(description))
      .map(([name]) => name),
  ),
  ...document.tags
    .filter(({ description = '' }) => !description.includes(']('))
    .map(({ name = '' }) => `tag ${name}: a link`),
  ...(isText(document.info.contact?.url) ? [] : ['contact']),
];

const examples: Rule = (document) =>
  operationsOf(document).flatMap(({ at, operation }) => {
    const contents = [operation.requestBody, ...Object.values(operation.responses)].flatMap((part) =>
      Object.entries(resolve(document, part).content ?? {}),
    );
    const hasExamples = (schema: Part = {}): boolean =>
      (schema.oneOf ?? [schema]).every((one) => resolve(document, one).examples !== undefined);
    return [
      ...parametersOf(document, operation)
        .filter(({ example, schema }) => example === undefined && schema?.examples === undefined)
        .map(({ name = '' }) => `${at}, ${name}`),
      ...contents
        .filter(([type, { example, schema }]) =>
          type === 'application/problem+json' ? !hasExamples(schema) : example === undefined,
        )
        .map(([type]) => `${at}, ${type}`),
    ];
  });

/** Endings of requests by their method; a POST that creates nothing is named after what it does. */
const ENDINGS: Readonly<Record<string, RegExp>> = { put: /Replace$/, patch: /Update$/ };
const ODD_NAME =
  /^(?:New|Create|Update|Replace)[A-Z]|(?:Input|Body|Dto|Request|Response|Changes|Replacement|Content|Put|Patch|List)$/;

const names: Rule = (document) => [
  ...componentsOf(document)
    .filter(
      ([name]) =>
        !/^(?:[A-Z][a-z\d]*)+$/.test(name) || (ODD_NAME.test(name) && name !== 'PasswordResetRequest'),
    )
    .map(([name]) => name),
  ...operationsOf(document).flatMap(({ at, operation, method }) => {
    const ending =
      ENDINGS[method] ?? (operation.responses[201] && operation.tags[0] !== 'Accounts' ? /Create$/ : /./);
    const request = requestSchemaOf(operation);
    return request === undefined || ending.test(nameOf(request)) ? [] : [`${at}: ${nameOf(request)}`];
  }),
  ...operationsOf(document).flatMap(({ at, operation }) => {
    const schema = operation.responses[200]?.content?.['application/json']?.schema;
    const isList = (operation.parameters ?? []).some((each) => nameOf(each) === 'After');
    const isPage = nameOf(resolve(document, schema).allOf?.[0]) === 'Page' && nameOf(schema).endsWith('Page');
    return isList && !isPage ? [`${at}: ${nameOf(schema)}`] : [];
  }),
];

/** What Python's re, Java, RE2 (Go) and a JavaScript RegExp without u do not all understand. */
const UNPORTABLE = /\\[pPuUkKbBAZzGQE]|\\x\{|\(\?(?!:)|\\[1-9]|[*+?}]\+|&&/;

const patterns: Rule = (document) =>
  schemasIn(document)
    .filter(([, { pattern }]) => typeof pattern === 'string' && UNPORTABLE.test(pattern))
    .map(([at]) => at);

const nullDefaults: Rule = (document) =>
  schemasIn(document)
    .filter(([, schema]) => schema.default === null)
    .map(([at]) => at);

const decimals: Rule = (document) =>
  operationsOf(document).flatMap(({ at, operation }) => {
    const faults: string[] = [];
    const check = (schema: Part | undefined): void => {
      eachSchema(resolve(document, schema), at, ({ type = [], multipleOf, readOnly }, place) => {
        if ([type].flat().includes('number') && multipleOf === undefined && readOnly !== true)
          faults.push(place);
      });
    };
    check(requestSchemaOf(operation));
    for (const { schema } of parametersOf(document, operation)) check(schema);
    return faults;
  });

const sharedEnumerations: Rule = (document) => {
  const named = new Map(
    componentsOf(document)
      .filter(([, { enum: values }]) => values !== undefined)
      .map(([name, { enum: values }]) => [JSON.stringify(values), name]),
  );
  return schemasIn(document)
    .filter(([at, { enum: values }]) => {
      const name = values && named.get(JSON.stringify(values));
      return name !== undefined && name !== at;
    })
    .map(([at]) => at);
};

/** A response with content belongs to the resource of its operation, unless it is a problem that any operation may have. */
const sharedResponses: Rule = (document) =>
  Object.entries(document.components.responses)
    .filter(([, { content }]) => content !== undefined && content['application/problem+json'] === undefined)
    .map(([name]) => name);

const roles: Rule = (document) =>
  operationsOf(document)
    .filter(({ operation }) => {
      const marks = [
        operation['x-required-role'] === 'admin',
        operation.summary?.endsWith(' (administrators)') === true,
        (operation.security ?? []).some(({ bearer = [] }) => bearer.includes('admin')),
      ];
      return new Set(marks).size > 1;
    })
    .map(({ at }) => at);

const scopes: Rule = (document) =>
  operationsOf(document)
    .filter(({ operation }) => {
      const scope = operation['x-required-scope'];
      const ofKeys = (operation.security ?? []).flatMap(({ apiKey = [] }) => apiKey);
      return ofKeys.join() !== (scope ?? '');
    })
    .map(({ at }) => at);

const problems: Rule = (document) =>
  operationsOf(document).flatMap(({ at, operation }) =>
    Object.entries(operation.responses)
      .filter(([status]) => Number(status) >= 400)
      .filter(([, response]) => {
        const schema = resolve(document, response).content?.['application/problem+json']?.schema;
        if (nameOf(schema).endsWith('Problem')) return false;
        const mapped = Object.values(schema?.discriminator?.mapping ?? {}).sort();
        const possible = (schema?.oneOf ?? []).map(({ $ref = '' }) => $ref).sort();
        return possible.length < 2 || JSON.stringify(mapped) !== JSON.stringify(possible);
      })
      .map(([status]) => `${at}, ${status}`),
  );

export const RULES = {
  'has descriptions, and links in those of tags': descriptions,
  'has examples of parameters and contents': examples,
  'names schemas in one pattern': names,
  'has patterns for every language': patterns,
  'has no default of null': nullDefaults,
  'says the decimals of numbers in requests': decimals,
  'refers to enumerations that have a name': sharedEnumerations,
  'shares no response of one resource': sharedResponses,
  'marks the operations of administrators': roles,
  'marks the operations of API keys': scopes,
  'discriminates problems by their code': problems,
} as const satisfies Readonly<Record<string, Rule>>;

/** Returns a line for each place that breaks a rule. */
export const lint = (document: LintedDocument): readonly string[] =>
  Object.entries<Rule>(RULES).flatMap(([name, rule]) => rule(document).map((place) => `${name}: ${place}`));
