import { expect } from 'chai';
import { EXAMPLE_CUSTOMER, EXAMPLE_MAIL_TOKEN } from '#src/kernel/examples.js';
import type { OpenApiDocument } from '#src/platform/http/openapi/document.js';
import type { Route } from '#src/platform/http/routes/route.js';
import type { Mail } from '#src/platform/mail/mailer.js';
import { eventually } from '../support/eventually.js';
import type { Received, RequestOptions } from '../support/http-client.js';
import { resetMails, tokenIn, verificationMails } from '../support/post-office.js';
import { forEachShape, testShop, type ShopUnderTest } from '../support/test-shop.js';

/** Every operation, in the order in which a customer and an administrator could try them. */
const JOURNEY = [
  ...[
    'getHome',
    'getOpenApiJson',
    'getOpenApiYaml',
    'getDocs',
    'getDocsAsset',
    'getDemoPicture',
    'getLiveness',
    'getReadiness',
  ],
  ...['getMetrics', 'getPublicKeys', 'listCategories', 'getCategory', 'listProducts', 'getProduct'],
  ...['signUp', 'logIn', 'getMe', 'changeMe', 'listSessions', 'requestEmailVerification', 'verifyEmail'],
  ...[
    'getMyProfile',
    'changeMyProfile',
    'addMyAddress',
    'listMyAddresses',
    'getMyAddress',
    'replaceMyAddress',
  ],
  ...[
    'addToCart',
    'getCart',
    'setCartLineQuantity',
    'placeOrder',
    'getOrder',
    'getOrderShort',
    'listMyOrders',
  ],
  ...['addToCart', 'placeOrderShort', 'addToCart', 'removeFromCart', 'clearCart', 'removeMyAddress'],
  ...[
    'listOrders',
    'changeOrderStatus',
    'createCategory',
    'replaceCategory',
    'createProduct',
    'changeProduct',
  ],
  ...['replaceProduct', 'adjustStock', 'listStockAdjustments', 'deleteProduct', 'deleteCategory'],
  ...['importProducts', 'listImports', 'getImport', 'listImportErrors', 'cancelImport', 'exportProducts'],
  ...['createCustomer', 'listCustomers', 'getCustomer', 'changeCustomer', 'replaceCustomer'],
  ...['listUsers', 'getUser', 'changeUser', 'cancelOrders', 'listBulkCancellations', 'getBulkCancellation'],
  ...['createWebhook', 'listWebhooks', 'getWebhook', 'changeWebhook', 'rotateWebhookSecret', 'pingWebhook'],
  ...['listWebhookEventTypes', 'listWebhookDeliveries', 'redeliverWebhookEvent', 'redeliverWebhookEvents'],
  ...['deleteWebhook'],
  ...['createApiKey', 'listApiKeys', 'getApiKey', 'revokeApiKey'],
  ...['listAuditEntries', 'exportMyData', 'refreshSession', 'changePassword', 'requestPasswordReset'],
  ...[
    'confirmPasswordReset',
    'logIn',
    'listSessions',
    'endSession',
    'logIn',
    'logOut',
    'logIn',
    'logOutEverywhere',
  ],
];

/** Each ends what the others need, and so has a shop of its own. */
const ENDINGS = [
  ['signUp', 'eraseMe'],
  ['signUp', 'eraseCustomer'],
];

/**
 * Operations whose examples contain what only a shop can mint: the id of a person, session, order or category that was created on
 * the way, or a token. There the test puts what the shop has returned in place of the example.
 */
const WITH_MINTED = new Set([
  ...['verifyEmail', 'getMyAddress', 'replaceMyAddress', 'removeMyAddress', 'getOrder', 'getOrderShort'],
  ...[
    'listOrders',
    'changeOrderStatus',
    'deleteCategory',
    'getCustomer',
    'changeCustomer',
    'replaceCustomer',
  ],
  ...['getImport', 'listImportErrors', 'cancelImport'],
  ...[
    'getApiKey',
    'revokeApiKey',
    'getUser',
    'changeUser',
    'cancelOrders',
    'listBulkCancellations',
    'getBulkCancellation',
  ],
  ...['getWebhook', 'changeWebhook', 'rotateWebhookSecret', 'pingWebhook', 'listWebhookDeliveries'],
  ...['redeliverWebhookEvent', 'redeliverWebhookEvents', 'deleteWebhook'],
  ...['listAuditEntries', 'refreshSession', 'confirmPasswordReset', 'endSession', 'eraseCustomer'],
]);

interface Documented {
  readonly parameters?: readonly { name: string; in: string; example?: unknown; $ref?: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

/** Returns paths and types of all that is in a value; nothing for null, which may stand for any type, and one item for a list. */
const shapeOf = (value: unknown, at = ''): readonly string[] => {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return [`${at}: list`, ...shapeOf(value[0], `${at}/0`)];
  if (typeof value !== 'object') return [`${at}: ${typeof value}`];
  return [
    `${at}: object`,
    ...Object.entries(value).flatMap(([name, member]) => shapeOf(member, `${at}/${name}`)),
  ];
};

/** Returns what differs in type, and what only one of the two has. */
const differences = (example: unknown, actual: unknown, at = ''): readonly string[] => {
  if (example === null || actual === null) return [];
  if (Array.isArray(example) && Array.isArray(actual))
    return example.length === 0 || actual.length === 0 ? [] : differences(example[0], actual[0], `${at}/0`);
  if (typeof example === 'object' && typeof actual === 'object') {
    const [one, other] = [example, actual];
    return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap((name) =>
      differences(Reflect.get(one, name), Reflect.get(other, name), `${at}/${name}`),
    );
  }
  return shapeOf(example, at).join() === shapeOf(actual, at).join() ? [] : [at];
};

/** An id, a token, or the number of an order. */
const MINTED = /^[\w-]{36,43}$|^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/;

/** A visitor who sends the examples, and learns what the shop has minted in place of those of the document. */
const visitor = (shop: ShopUnderTest) => {
  const { openApi, table } = shop.shop.http;
  const minted = new Map<string, unknown>();
  const learn = (example: unknown, actual: unknown): void => {
    if (
      typeof example === 'string' &&
      typeof actual === 'string' &&
      example !== actual &&
      MINTED.test(example)
    )
      minted.set(example, actual);
    if (typeof example === 'object' && example !== null && typeof actual === 'object' && actual !== null)
      for (const [name, member] of Object.entries(example)) learn(member, Reflect.get(actual, name));
  };
  let replaced = false;
  const filled = (example: unknown): unknown => {
    if (typeof example === 'string' && minted.has(example)) {
      replaced = true;
      return minted.get(example);
    }
    if (Array.isArray(example)) return example.map(filled);
    if (typeof example !== 'object' || example === null) return example;
    return Object.fromEntries(Object.entries(example).map(([name, member]) => [name, filled(member)]));
  };
  const tokens: { user?: string } = {};
  const visit = async (
    operationId: string,
  ): Promise<{ answer: Received; replaced: boolean; example: unknown }> => {
    const route = table.find((each) => each.operationId === operationId);
    if (route === undefined) throw new Error(`there is no operation ${operationId}`);
    replaced = false;
    const { path, options } = requestOf(route, openApi, filled);
    const token = route.access === 'admin' ? shop.adminToken : tokens.user;
    const send = () =>
      shop[route.method](path, {
        ...options,
        ...(token !== undefined && route.access !== 'anyone' && { token }),
      });
    // Five services show some things when an event has arrived, and every shop the attempt after a ping.
    const answer =
      route.method === 'get'
        ? await eventually(async () => {
            const received = await send();
            const isWaiting =
              operationId === 'listWebhookDeliveries' && (received.body.items as unknown[]).length === 0;
            return received.status === 404 || isWaiting ? null : received;
          }, operationId)
        : await send();
    const example = exampleOf(route, openApi, answer);
    learn(example, answer.body);
    if (typeof answer.body?.accessToken === 'string') tokens.user = answer.body.accessToken;
    return { answer, replaced, example };
  };
  return { visit, minted };
};

/** The document's type knows less of an operation than the test reads; what is not there fails the test. */
const operationOf = ({ path, method }: Route, { paths }: OpenApiDocument): Documented =>
  paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method] as unknown as Documented;

const parametersOf = (route: Route, openApi: OpenApiDocument) => {
  const shared = openApi.components['parameters'] as Readonly<
    Record<string, { name: string; in: string; example?: unknown }>
  >;
  return (operationOf(route, openApi).parameters ?? []).map((parameter) =>
    parameter.$ref === undefined ? parameter : (shared[parameter.$ref.split('/').at(-1) ?? ''] ?? parameter),
  );
};

const requestOf = (
  route: Route,
  openApi: OpenApiDocument,
  filled: (example: unknown) => unknown,
): { readonly path: string; readonly options: RequestOptions } => {
  const given = parametersOf(route, openApi).filter(({ example }) => example !== undefined);
  const of = (where: string) => given.filter((parameter) => parameter.in === where);
  const text = (example: unknown): string => String(filled(example));
  const path = of('path').reduce(
    (whole, { name, example }) => whole.replace(`:${name}`, encodeURIComponent(text(example))),
    route.path,
  );
  const query = new URLSearchParams(
    of('query').map(({ name, example }): [string, string] => [name, text(example)]),
  );
  const content = operationOf(route, openApi).requestBody?.content ?? {};
  const body = content['application/json'];
  // A file is sent as it is written.
  const [file] = body === undefined ? Object.entries(content) : [];
  return {
    path: `${path}${query.size > 0 ? `?${query.toString()}` : ''}`,
    options: {
      headers: {
        ...Object.fromEntries(of('header').map(({ name, example }) => [name, text(example)])),
        ...(file !== undefined && { 'Content-Type': file[0] }),
      },
      ...(file !== undefined && { raw: text(file[1].example) }),
      ...(body !== undefined && { json: filled(body.example) }),
    },
  };
};

const exampleOf = (route: Route, openApi: OpenApiDocument, { status, headers }: Received): unknown => {
  const response = operationOf(route, openApi).responses[status] as
    { readonly content?: Readonly<Record<string, { readonly example?: unknown }>> } | undefined;
  return response?.content?.[headers['content-type']?.split(';')[0] ?? '']?.example;
};

/** The tokens that mails carry, by the operations that take them: the latest mail, of as many as the journey has requested. */
const MAILED: Readonly<Record<string, (shop: ShopUnderTest, email: string) => Mail | undefined>> = {
  verifyEmail: (shop, email) => verificationMails(shop, email)[1],
  confirmPasswordReset: (shop, email) => resetMails(shop, email)[0],
};

describe('The examples of the OpenAPI document', () => {
  const travel = async (shop: ShopUnderTest, journey: readonly string[]): Promise<ReadonlySet<string>> => {
    const { visit, minted } = visitor(shop);
    const replacing = new Set<string>();
    for (const operationId of journey) {
      const mailed = MAILED[operationId];
      if (mailed !== undefined) {
        const mail = await eventually(
          () => mailed(shop, EXAMPLE_CUSTOMER.email),
          `a mail for ${operationId}`,
        );
        minted.set(EXAMPLE_MAIL_TOKEN, tokenIn(mail));
      }
      const { answer, replaced, example } = await visit(operationId);
      expect(answer.status, `${operationId}: ${JSON.stringify(answer.body)}`).to.be.within(200, 299);
      expect(example === undefined, `${operationId} has an example of its response`).to.equal(
        answer.body === undefined,
      );
      if (operationId !== 'getOpenApiJson')
        expect(differences(example, answer.body), operationId).to.deep.equal([]);
      if (replaced) replacing.add(operationId);
    }
    return replacing;
  };

  forEachShape((_shape, open) => {
    it('The examples of the OpenAPI document are requests that a fresh demo shop accepts, and responses of the form that it returns', async () => {
      const replacing = new Set<string>();
      for (const journey of [JOURNEY, ...ENDINGS]) {
        const shop = await open({ environment: { DEMO_DATA: 'true' } });
        try {
          const all = new Set(shop.shop.http.table.map(({ operationId }) => operationId));
          const covered = new Set([...JOURNEY, ...ENDINGS.flat()]);
          expect([...all].filter((operationId) => !covered.has(operationId))).to.deep.equal([]);
          for (const operationId of await travel(shop, journey)) replacing.add(operationId);
        } finally {
          await shop.close();
        }
      }
      expect([...replacing].sort(), 'not sent as they are').to.deep.equal([...WITH_MINTED].sort());
    });
  });

  it('The examples of the OpenAPI document exist for every body and every parameter', async () => {
    const shop = await testShop();
    const { table, openApi } = shop.shop.http;
    const lacking = table.flatMap((route) => [
      ...parametersOf(route, openApi)
        .filter((parameter) => {
          const { schema } = parameter as { readonly schema?: { readonly examples?: unknown } };
          return parameter.example === undefined && schema?.examples === undefined;
        })
        .map(({ name }) => `${route.operationId}: ${name}`),
      ...(route.body !== undefined &&
      operationOf(route, openApi).requestBody?.content['application/json']?.example === undefined
        ? [route.operationId]
        : []),
    ]);
    await shop.close();
    expect(lacking).to.deep.equal([]);
  });
});
