import {
  EXAMPLE_ADDRESS,
  EXAMPLE_CATEGORY,
  EXAMPLE_CUSTOMER,
  EXAMPLE_MAIL_TOKEN,
  EXAMPLE_NEW_CATEGORY,
  EXAMPLE_NEW_PRODUCT,
  EXAMPLE_ORDER,
  EXAMPLE_OTHER_CUSTOMER,
  EXAMPLE_PRODUCT,
  EXAMPLE_REFRESH_TOKEN,
} from '#src/kernel/examples.js';
import { journeyOf, type Step } from './postman-journey.js';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
  readonly example?: unknown;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly (Parameter & { readonly $ref?: string })[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly example?: unknown }>>;
}

interface Document {
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly parameters: Readonly<Record<string, Parameter>> };
}

/** Ids that a shop mints, by the variable that keeps them; a response whose example shows one saves what the shop has returned. */
const SAVED = {
  customerId: EXAMPLE_CUSTOMER.id,
  otherCustomerId: EXAMPLE_OTHER_CUSTOMER.id,
  addressId: EXAMPLE_ADDRESS.id,
  orderId: EXAMPLE_ORDER.id,
  newCategoryId: EXAMPLE_NEW_CATEGORY.id,
  newProductId: EXAMPLE_NEW_PRODUCT.id,
  refreshToken: EXAMPLE_REFRESH_TOKEN,
} as const;

/** What of the examples is a variable, or has one in it. */
const FILLED: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  ...Object.entries(SAVED).map(([variable, example]): [string, string] => [example, `{{${variable}}}`]),
  [EXAMPLE_CATEGORY.id, '{{categoryId}}'],
  [EXAMPLE_PRODUCT.id, '{{productId}}'],
  [EXAMPLE_CUSTOMER.sessionId, '{{sessionId}}'],
  [EXAMPLE_CUSTOMER.email, 'ann.{{run}}@example.org'],
  [EXAMPLE_CUSTOMER.username, 'ann.{{run}}'],
  [EXAMPLE_CUSTOMER.password, '{{password}}'],
  [EXAMPLE_OTHER_CUSTOMER.email, 'bea.{{run}}@example.org'],
  [EXAMPLE_MAIL_TOKEN, '{{mailToken}}'],
  [EXAMPLE_NEW_CATEGORY.name, `${EXAMPLE_NEW_CATEGORY.name} {{run}}`],
  [EXAMPLE_NEW_PRODUCT.sku, 'MUG-{{run}}'],
]);

const filled = (example: unknown): unknown => {
  if (Array.isArray(example)) return example.map(filled);
  if (typeof example === 'object' && example !== null)
    return Object.fromEntries(Object.entries(example).map(([name, member]) => [name, filled(member)]));
  return FILLED.get(example) ?? example;
};

/** Returns the places in a response, as a script reads them, at which its example shows what a shop mints. */
const placesOf = (example: unknown, at = 'json'): readonly (readonly [string, string])[] => {
  if (typeof example !== 'object' || example === null || Array.isArray(example)) return [];
  return Object.entries(example).flatMap(([name, member]: [string, unknown]) => {
    const found = Object.entries(SAVED).find(([, minted]) => minted === member);
    return found === undefined ? placesOf(member, `${at}.${name}`) : [[found[0], `${at}.${name}`] as const];
  });
};

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const script = (listen: 'prerequest' | 'test', exec: readonly string[]) => ({
  listen,
  script: { type: 'text/javascript', exec },
});

/** Returns the checks of a response, and what saves its ids and tokens. */
const testsOf = (step: Step, operation: Operation): readonly string[] => {
  const documented = Object.keys(operation.responses).map(Number);
  const successes = documented.filter((status) => status < 300);
  const statuses = step.statuses ?? successes;
  const example = statuses
    .map((status) => operation.responses[status]?.content?.['application/json']?.example)
    .find((each) => each !== undefined);
  const keys =
    typeof example === 'object' && example !== null && !Array.isArray(example) ? Object.keys(example) : [];
  const isOfCustomer = operation.operationId !== 'logIn' || step.body === undefined;
  const saves: Readonly<Record<string, string>> = {
    ...(isOfCustomer && Object.fromEntries(placesOf(example))),
    ...(isOfCustomer && keys.includes('accessToken') && { customerToken: 'json.accessToken' }),
    ...step.saves,
  };
  const checks = Object.entries(step.checks ?? {});
  const passes = statuses.join(' or ');
  const readsJson = Object.keys(saves).length > 0 || checks.length > 0 || keys.length > 0;
  const isCertain = statuses.every((status) => successes.includes(status));
  return [
    `pm.test('Responds with ${passes}', () => pm.expect(pm.response.code).to.be.oneOf([${statuses.join(', ')}]));`,
    ...(readsJson && (isCertain || checks.length > 0) ? ['const json = pm.response.json();'] : []),
    ...(keys.length > 0 && isCertain
      ? [
          `pm.test('Has the documented members', () => pm.expect(json).to.include.all.keys(${keys.map(quoted).join(', ')}));`,
        ]
      : []),
    ...checks.map(
      ([title, condition]) => `pm.test(${quoted(title)}, () => pm.expect(${condition}).to.equal(true));`,
    ),
    ...(isCertain
      ? Object.entries(saves).map(
          ([variable, place]) => `pm.collectionVariables.set('${variable}', ${place});`,
        )
      : []),
  ];
};

const authOf = ({ security = [] }: Operation, step: Step) => {
  const bearer = security.find((scheme) => scheme['bearer'] !== undefined)?.['bearer'];
  if (bearer === undefined) return { type: 'noauth' };
  const isAdmin = bearer.includes('admin') || step.as === 'admin';
  const value = isAdmin ? '{{adminToken}}' : '{{customerToken}}';
  return { type: 'bearer', bearer: [{ key: 'token', value, type: 'string' }] };
};

const textOf = (example: unknown): string => {
  const value = filled(example);
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
};

/** Returns a request of the collection. */
const itemOf = (
  step: Step,
  {
    method,
    path,
    operation,
  }: { readonly method: string; readonly path: string; readonly operation: Operation },
  document: Document,
) => {
  const parameters = (operation.parameters ?? []).map(({ $ref, ...parameter }) =>
    $ref === undefined
      ? parameter
      : (document.components.parameters[$ref.split('/').at(-1) ?? ''] ?? parameter),
  );
  const of = (where: string) => parameters.filter((parameter) => parameter.in === where);
  const described = ({ description }: Parameter) => (description === undefined ? {} : { description });
  const variable = of('path').map((parameter) => ({
    key: parameter.name,
    value: step.path?.[parameter.name] ?? textOf(parameter.example),
    ...described(parameter),
  }));
  const query = of('query').map((parameter) => ({
    key: parameter.name,
    value: step.query?.[parameter.name] ?? textOf(parameter.example),
    disabled: step.query?.[parameter.name] === undefined,
    ...described(parameter),
  }));
  const headers = of('header').map((parameter) => {
    const isKey = parameter.name === 'Idempotency-Key';
    const given = step.headers?.[parameter.name] ?? (isKey ? '{{$guid}}' : undefined);
    return {
      key: parameter.name,
      value: given ?? textOf(parameter.example),
      disabled: given === undefined,
      ...described(parameter),
    };
  });
  const body = step.body ?? filled(operation.requestBody?.content?.['application/json']?.example);
  const pathname = path.replaceAll(/\{(\w+)\}/g, ':$1');
  const sent = query.filter(({ disabled }) => !disabled).map(({ key, value }) => `${key}=${value}`);
  return {
    name: step.name ?? operation.summary,
    event: [
      ...(step.before === undefined ? [] : [script('prerequest', step.before)]),
      script('test', testsOf(step, operation)),
    ],
    request: {
      method: method.toUpperCase(),
      description: operation.description ?? operation.summary,
      auth: authOf(operation, step),
      header: [
        ...(body === undefined ? [] : [{ key: 'Content-Type', value: 'application/json' }]),
        ...headers,
      ],
      ...(body !== undefined && {
        body: { mode: 'raw', raw: JSON.stringify(body, null, 2), options: { raw: { language: 'json' } } },
      }),
      url: {
        raw: `{{baseUrl}}${pathname}${sent.length > 0 ? `?${sent.join('&')}` : ''}`,
        host: ['{{baseUrl}}'],
        path: pathname.split('/').slice(1),
        query,
        variable,
      },
    },
    response: [],
  };
};

/** Returns a Postman collection (v2.1) with every operation of the document, in the order of a journey through the shop. */
export const postmanCollection = (document: Document): object => {
  const operations = new Map(
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(
        ([method, operation]) => [operation.operationId, { method, path, operation }] as const,
      ),
    ),
  );
  const statuses = new Map(
    [...operations].map(([operationId, { operation }]) => [
      operationId,
      Object.keys(operation.responses)
        .map(Number)
        .filter((status) => status < 500),
    ]),
  );
  const variables = { ...SAVED, categoryId: EXAMPLE_CATEGORY.id, productId: EXAMPLE_PRODUCT.id };
  return {
    info: {
      name: document.info.title,
      description:
        'Made from the OpenAPI document of the shop by `npm run generate`. Run the folders from top to bottom: the requests save tokens and ids in variables of the collection.',
      version: document.info.version,
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    variable: [
      { key: 'baseUrl', value: 'http://localhost:3000' },
      { key: 'run', value: 'first' },
      { key: 'password', value: EXAMPLE_CUSTOMER.password },
      { key: 'mailToken', value: EXAMPLE_MAIL_TOKEN },
      ...Object.entries(variables).map(([key, value]) => ({ key, value })),
    ],
    item: journeyOf(statuses).map(({ name, description, steps }) => ({
      name,
      description,
      item: steps.map((step) => {
        const found = operations.get(step.operationId);
        if (found === undefined) throw new Error(`The document has no operation ${step.operationId}.`);
        return itemOf(step, found, document);
      }),
    })),
  };
};

/** Returns the environment of a shop on this machine. */
export const postmanEnvironment = (): object => ({
  name: 'Portico on this machine',
  values: [
    { key: 'baseUrl', value: 'http://localhost:3000', type: 'default', enabled: true },
    { key: 'adminEmail', value: 'admin@portico.example', type: 'default', enabled: true },
    { key: 'adminPassword', value: '', type: 'secret', enabled: true },
  ],
  _postman_variable_scope: 'environment',
});
