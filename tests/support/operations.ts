import { expect } from 'chai';
import type { OpenApiDocument } from '#src/platform/http/openapi/document.js';
import type { Route } from '#src/platform/http/routes/route.js';
import { issueMailToken } from '#src/contexts/accounts/application/issue-mail-token.js';
import type { MailPurpose } from '#src/contexts/accounts/domain/mail-token.js';
import type { UserId } from '#src/kernel/ids.js';
import { anAttempt } from './builders/webhooks.js';
import type { Received, RequestOptions } from './http-client.js';
import { aProduct, aShopper, type Shopper } from './shopping.js';
import type { ShopUnderTest } from './test-shop.js';
import { performing } from './performing.js';

// Every row of the route table, ready to be called: what tests go through so that no later row escapes them.

export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly maxLength?: number;
  readonly readOnly?: boolean;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** A field of a request's body, however deep. */
export interface BodyField {
  readonly path: readonly string[];
  /** RFC 6901. */
  readonly pointer: string;
  readonly required: boolean;
  readonly types: readonly string[];
  readonly format: string | undefined;
  readonly maxLength: number | undefined;
}

/** A JSON object of a test. */
export type Body = Readonly<Record<string, unknown>>;

/** The body with another value in one place; `undefined` takes it away, and `__proto__` is a key like any other. */
export const withValue = (body: Body, [key = '', ...rest]: readonly string[], value: unknown): Body => ({
  ...body,
  [key]: rest.length === 0 ? value : withValue((body[key] ?? {}) as Body, rest, value),
});

/** A parameter of a query string. */
export interface QueryParameter {
  readonly name: string;
  readonly in: 'query' | 'path' | 'header';
  readonly schema: JsonSchema;
}

interface DocumentedOperation {
  readonly parameters?: readonly (QueryParameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
}

const documented = ({ paths }: OpenApiDocument, { path, method }: Route): DocumentedOperation =>
  (paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method] ?? {}) as DocumentedOperation;

/** All parameters of a row, those that several operations share included. */
export const documentedParameters = (openApi: OpenApiDocument, row: Route): readonly QueryParameter[] => {
  const shared = openApi.components['parameters'] as Readonly<Record<string, QueryParameter>>;
  return (documented(openApi, row).parameters ?? []).map((parameter) => {
    if ('in' in parameter) return parameter;
    return shared[parameter.$ref.split('/').at(-1) ?? ''] ?? expect.fail(parameter.$ref);
  });
};

/** The parameters of a row's query string, as its OpenAPI operation documents them. */
export const queryParameters = (openApi: OpenApiDocument, row: Route): readonly QueryParameter[] =>
  documentedParameters(openApi, row).filter((parameter) => parameter.in === 'query');

const resolverOf = (openApi: OpenApiDocument) => {
  const schemas = openApi.components.schemas as Readonly<Record<string, JsonSchema>>;
  return (schema: JsonSchema): JsonSchema =>
    schema.$ref === undefined ? schema : (schemas[schema.$ref.split('/').at(-1) ?? ''] ?? schema);
};

const bodySchema = (openApi: OpenApiDocument, row: Route): JsonSchema => {
  const schema = documented(openApi, row).requestBody?.content['application/json']?.schema;
  expect(schema, `${row.operationId} documents its body`).to.not.equal(undefined);
  return schema ?? {};
};

/** The fields of a row's body, as its OpenAPI operation documents them. */
export const bodyFields = (openApi: OpenApiDocument, row: Route): readonly BodyField[] => {
  const resolve = resolverOf(openApi);
  const walk = (schema: JsonSchema, at: readonly string[]): readonly BodyField[] => {
    const { properties = {}, required = [] } = resolve(schema);
    return Object.entries(properties).flatMap(([name, given]) => {
      if (given.readOnly === true) return [];
      const path = [...at, name];
      const { type = [], format, maxLength } = resolve(given);
      const types = typeof type === 'string' ? [type] : type;
      return [
        { path, pointer: `/${path.join('/')}`, required: required.includes(name), types, format, maxLength },
        ...walk(given, path),
      ];
    });
  };
  return walk(bodySchema(openApi, row), []);
};

/** The names of the fields that a body may repeat and not change. */
export const readOnlyFields = (openApi: OpenApiDocument, row: Route): readonly string[] => {
  const { properties = {} } = resolverOf(openApi)(bodySchema(openApi, row));
  return Object.entries(properties).flatMap(([name, { readOnly }]) => (readOnly === true ? [name] : []));
};

/** A row, and all that a good request to it needs. */
export interface Operation {
  readonly row: Route;
  /** With the ids of things that are there. */
  readonly path: string;
  /** A body that its schema lets pass; only where the row takes one. */
  readonly body: Body;
  readonly call: (options?: RequestOptions & { readonly path?: string }) => Promise<Received>;
}

export interface StockedShop {
  readonly ada: Shopper;
  readonly productId: string;
  readonly categoryId: string;
  readonly addressId: string;
  readonly orderId: string;
  readonly bulkCancellationId: string;
  readonly webhookId: string;
  /** Of which an attempt is in the log of the endpoint. */
  readonly webhookEventId: string;
  readonly apiKeyId: string;
  readonly importId: string;
  /** Not the one of Ada's token. */
  readonly sessionId: string;
  /** To a new user. */
  readonly mailed: MailedTokens;
}

/** The tokens in a user's mails. */
export type MailedTokens = Readonly<Record<MailPurpose, string>>;

/** Returns the tokens of mails to a user, without the mails; invented ones for a shop outside this process. */
export const tokensMailedTo = async ({ shop }: ShopUnderTest, id: string): Promise<MailedTokens> => {
  const { parts } = shop;
  const mailSecrets = parts.mailSecrets;
  const issue = performing(parts.contexts.accounts.transact)(issueMailToken({ mailSecrets }));
  const token = async (purpose: MailPurpose): Promise<string> =>
    (await issue(id as UserId, purpose, parts.now()))?.token ?? mailSecrets.mint().token;
  return {
    password_reset: await token('password_reset'),
    email_verification: await token('email_verification'),
  };
};

export const mailedTokens = async (shop: ShopUnderTest): Promise<MailedTokens> =>
  tokensMailedTo(shop, (await shop.signUp()).id);

let shops = 0;

/** A time in which no order was placed. */
const [LONG_AGO, NOT_SO_LONG_AGO] = ['2000-01-01T00:00:00Z', '2000-01-02T00:00:00Z'];

const ADDRESS = { line1: '12 Rose Lane', city: 'Dublin', country: 'IE' };

const API_KEY = { name: 'Warehouse', scopes: ['catalog:read', 'orders:write'] };

/** Deletes webhook endpoints, but for the two oldest and the latest, so that only so many are left: a shop has a maximum. */
const removeEndpointsBeyond = async (shop: ShopUnderTest, most: number): Promise<void> => {
  const { body } = await shop.get('/webhooks?limit=100', { token: shop.adminToken });
  const items = body.items as readonly { readonly id: string }[];
  for (const { id } of items.slice(0, -2).slice(most - 2))
    await shop.delete(`/webhooks/${id}`, { token: shop.adminToken });
};

/** Stores an attempt to send an event to a webhook endpoint; returns the id of the event. */
export const loggedAttempt = async (shop: ShopUnderTest, endpoint: string): Promise<string> => {
  const attempt = anAttempt({ endpointId: endpoint as never });
  await shop.storeOf('webhooks').transact(({ webhookAttempts }) => webhookAttempts.add(attempt));
  return attempt.eventId;
};

/** A file that any shop accepts. */
export const FILE = { raw: 'sku,name,price\nBOWL-1,Bowl,4.5\n', headers: { 'Content-Type': 'text/csv' } };

/** An import that has refused two rows. */
const anImport = async (shop: ShopUnderTest): Promise<string> => {
  const { status, body } = await shop.post('/products/import', {
    token: shop.adminToken,
    raw: '{}\n{}\n',
    headers: { 'Content-Type': 'application/x-ndjson' },
  });
  expect(status, JSON.stringify(body)).to.equal(202);
  const { id } = body as { id: string };
  // Where no relay runs, it would be under way for ever, and few may be.
  expect((await shop.post(`/imports/${id}/cancel`, { token: shop.adminToken })).status).to.equal(200);
  return id;
};

/**
 * One of everything, and of what has a list two: products, categories, addresses of a customer, orders, bulk cancellations, webhook
 * endpoints with attempts, imports, sessions and API keys; and something in the cart.
 */
export const stock = async (shop: ShopUnderTest): Promise<StockedShop> => {
  const made = async (path: string, token: string, json: object): Promise<string> => {
    const { status, body } = await shop.post(path, { token, json });
    expect(status, JSON.stringify(body)).to.equal(201);
    return body.id as string;
  };
  shops += 1;
  const ada = await aShopper(shop);
  const categoryId = await made('/categories', shop.adminToken, { name: `Kitchen ${shops}` });
  await made('/categories', shop.adminToken, { name: `Garden ${shops}` });
  const productId = await aProduct(shop, { categoryId, quantity: 50 });
  await aProduct(shop, { name: 'Cup', price: 3, quantity: 50 });
  const addressId = await made('/customers/me/addresses', ada.token, ADDRESS);
  await made('/customers/me/addresses', ada.token, ADDRESS);
  const order = async (): Promise<string> => {
    await ada.put(productId);
    return (await ada.order()).body.id as string;
  };
  const orderId = await order();
  await order();
  await ada.put(productId);
  const cancelNone = async (): Promise<string> => {
    const json = { from: LONG_AGO, to: NOT_SO_LONG_AGO };
    const { status, body } = await shop.post('/orders/cancellations', { token: shop.adminToken, json });
    expect(status).to.equal(202);
    return body.id as string;
  };
  const bulkCancellationId = await cancelNone();
  await cancelNone();
  await removeEndpointsBeyond(shop, 10);
  const endpoint = { url: 'https://receiver.example/hooks', eventTypes: [] };
  const webhookId = await made('/webhooks', shop.adminToken, endpoint);
  await made('/webhooks', shop.adminToken, endpoint);
  const webhookEventId = await loggedAttempt(shop, webhookId);
  await loggedAttempt(shop, webhookId);
  const importId = await anImport(shop);
  await anImport(shop);
  await shop.logIn(ada.email, ada.password);
  const sessions = await shop.get('/auth/sessions', { token: ada.token });
  const others = (sessions.body.items as { id: string; current: boolean }[]).filter(
    ({ current }) => !current,
  );
  const sessionId = others[0]?.id ?? expect.fail('Ada has one session only');
  const apiKeyId = await made('/api-keys', shop.adminToken, API_KEY);
  await made('/api-keys', shop.adminToken, API_KEY);
  const mailed = await mailedTokens(shop);
  return {
    ...{ ada, productId, categoryId, addressId, orderId, bulkCancellationId, apiKeyId, sessionId, mailed },
    ...{ webhookId, webhookEventId, importId },
  };
};

const PRODUCT = { name: 'Bowl', description: 'Deep', price: 4.5 };

let newcomers = 0;

/** Returns an e-mail address or name that no shop of this process has yet. */
const unused = () => {
  newcomers += 1;
  return { email: `eve-${newcomers}@customers.test`, category: `Bathroom ${newcomers}` };
};

/** A good body for every row that takes one. */
const bodiesOf = (
  { ada, productId, mailed }: StockedShop,
  { email, category } = unused(),
): Readonly<Record<string, Body>> => ({
  signUp: { name: 'Eve', email, password: 'a long enough password' },
  logIn: { login: ada.email, password: ada.password },
  refreshSession: { refreshToken: ada.refreshToken },
  requestPasswordReset: { email: ada.email },
  confirmPasswordReset: { token: mailed.password_reset, newPassword: 'another long password' },
  verifyEmail: { token: mailed.email_verification },
  changeMe: { name: 'Eve' },
  changePassword: { currentPassword: ada.password, newPassword: 'another long password' },
  changeUser: { disabled: true },
  createApiKey: API_KEY,
  changeMyProfile: { name: 'Eve' },
  addMyAddress: ADDRESS,
  replaceMyAddress: ADDRESS,
  createCustomer: { name: 'Eve', email },
  replaceCustomer: { name: 'Eve' },
  changeCustomer: { name: 'Eve' },
  createProduct: PRODUCT,
  replaceProduct: PRODUCT,
  changeProduct: { price: 4.5 },
  adjustStock: { delta: 3 },
  createCategory: { name: category },
  replaceCategory: { name: category },
  addToCart: { productId, quantity: 2 },
  setCartLineQuantity: { quantity: 2 },
  placeOrder: { shippingAddress: ADDRESS },
  placeOrderShort: { shippingAddress: ADDRESS },
  changeOrderStatus: { status: 'cancelled' },
  createWebhook: { url: 'https://receiver.example/hooks', eventTypes: ['order.placed'] },
  changeWebhook: { description: 'Warehouse' },
  rotateWebhookSecret: { endFormerSecrets: true }, // so that it can be called any number of times
  redeliverWebhookEvents: { from: LONG_AGO, to: NOT_SO_LONG_AGO },
  cancelOrders: { customerId: ada.id, from: LONG_AGO, to: NOT_SO_LONG_AGO },
});

/** What stands for the parameter behind each beginning of a path. */
const parametersOf = (stocked: StockedShop): Readonly<Record<string, string>> => ({
  '/products/': stocked.productId,
  '/categories/': stocked.categoryId,
  '/auth/sessions/': stocked.sessionId,
  '/users/': stocked.ada.id,
  '/api-keys/': stocked.apiKeyId,
  '/customers/': stocked.ada.id,
  '/customers/me/addresses/': stocked.addressId,
  '/cart/': stocked.productId,
  '/orders/': stocked.orderId,
  '/orders/cancellations/': stocked.bulkCancellationId,
  '/imports/': stocked.importId,
  '/order/': stocked.orderId,
  '/webhooks/': stocked.webhookId,
  '/webhooks/:id/deliveries/': stocked.webhookEventId,
  '/docs/assets/': 'swagger-ui.min.css',
  '/demo/pictures/': 'cof-house-250.svg',
});

/** Returns the whole table over the things in a shop. A route that is unknown here fails every test that asks for it. */
export const operationsOf = (shop: ShopUnderTest, stocked: StockedShop): readonly Operation[] => {
  const [bodies, parameters] = [bodiesOf(stocked), parametersOf(stocked)];
  const tokens = { anyone: undefined, user: stocked.ada.token, admin: shop.adminToken };
  return shop.shop.http.table.map((row) => {
    const path = row.path.replaceAll(/:\w+/g, (name, at: number) => {
      const value = parameters[row.path.slice(0, at)];
      if (value === undefined) throw new Error(`${row.operationId}: what stands for ${name}?`);
      return value;
    });
    const body = bodies[row.operationId] ?? {};
    if (row.body !== undefined && !Object.hasOwn(bodies, row.operationId)) {
      throw new Error(`${row.operationId}: what is a good body of it?`);
    }
    const token = tokens[row.access];
    return {
      row,
      path,
      body,
      call: ({ path: other = path, headers, ...options } = {}) =>
        shop[row.method](other, {
          ...(token !== undefined && { token }),
          ...(row.upload !== undefined && FILE),
          ...options,
          ...(headers !== undefined && {
            headers: { ...(row.upload !== undefined && FILE.headers), ...headers },
          }),
        }),
    };
  });
};
