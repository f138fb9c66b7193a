import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../support/documents.js';
import { eventually } from '../../support/eventually.js';
import type { Received } from '../../support/http-client.js';
import type { Attack, Call } from '../attack.js';
import { ADMIN } from '../attacked-shop.js';

// Every call that changes something, by its operationId, on things of its own: what it takes to send it twice and to see that
// it has happened once. An operation of docs/openapi.json that has no line here fails tests/integrity/harness.test.ts.

/** A call, and what an outsider can read of it afterwards. */
export interface Mutation {
  readonly call: Call;
  /** Whether everything is as if the call had happened once. */
  readonly isOnce: () => Promise<boolean>;
  /** The code that a repeat without a key may be refused with, because the first has happened. */
  readonly repeated?: string;
  /** The part of a response that must be the same in that of a repeat, if there are two. */
  readonly same?: (body: Received['body']) => unknown;
}

/** What docs/openapi.json says of an operation. */
interface Documented {
  readonly operationId: string;
  /** In place, or by reference to a component. */
  readonly parameters?: readonly { readonly name?: string; readonly $ref?: string }[];
}

/** The operations that are documented to change something, and whether they take an Idempotency-Key. */
export const documentedMutations = (): ReadonlyMap<string, boolean> => {
  const { paths } = JSON.parse(readFileSync(join(ROOT, 'docs', 'openapi.json'), 'utf8')) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Documented>>>>;
  };
  const changing = Object.values(paths).flatMap((methods) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      ['post', 'put', 'patch', 'delete'].includes(method) ? [operation] : [],
    ),
  );
  return new Map(
    changing.map(({ operationId, parameters = [] }) => [
      operationId,
      parameters.some(
        ({ name, $ref }) => name === 'Idempotency-Key' || $ref === '#/components/parameters/IdempotencyKey',
      ),
    ]),
  );
};

type Prepare = (attack: Attack) => Promise<Mutation>;

const PASSWORD = 'a long enough password';
/** How the subjects of mails begin. */
const [RESET, VERIFICATION] = ['Set a new password', 'Confirm your e-mail address'];
const ADDRESS = { line1: '1 Water Street', city: 'Nantucket', postalCode: '02554', country: 'US' };
const PRODUCT = { name: 'Teapot', description: '', price: 10 };

const fresh = ({ random }: Attack): string =>
  `n${String(random.integer(0, 2 ** 31))}x${String(random.next())}`;

/** Signs a customer up, and returns the response. */
const somebody = async (attack: Attack) => {
  const email = `${fresh(attack)}@attack.test`;
  const json = { name: 'Somebody', email, password: PASSWORD };
  const { body } = await attack.ask({ method: 'post', path: '/auth/signup', json });
  return {
    id: body.user.id as string,
    token: body.accessToken as string,
    refreshToken: body.refreshToken as string,
    email,
  };
};

const read = async ({ tell, adminToken }: Attack, path: string, token = adminToken): Promise<Received> =>
  tell({ method: 'get', path, token });

const countAt = async (attack: Attack, path: string, token?: string): Promise<number> =>
  ((await read(attack, path, token)).body.items as readonly unknown[]).length;

/** Returns the live sessions of a user. */
const sessionsOf = async (attack: Attack, token: string) =>
  (await read(attack, '/auth/sessions', token)).body.items as readonly {
    readonly id: string;
    readonly current: boolean;
  }[];

const logIn = (email: string, password = PASSWORD): Call => ({
  method: 'post',
  path: '/auth/login',
  json: { email, password },
});

/** Returns whether a user can log in with this password, and no longer with the first one. */
const hasPassword = async ({ tell }: Attack, email: string, password: string): Promise<boolean> =>
  (await tell(logIn(email, password))).status === 200 && (await tell(logIn(email))).status === 401;

/** A token of a session that is over is good for nothing. */
const isOut = async (attack: Attack, token: string): Promise<boolean> =>
  (await read(attack, '/auth/me', token)).status === 401;

const addressOf = async ({ ask }: Attack, token: string): Promise<string> =>
  (await ask({ method: 'post', path: '/customers/me/addresses', token, json: ADDRESS })).body.id as string;

const categoryOf = async (attack: Attack): Promise<string> => {
  const { adminToken: token } = attack;
  const json = { name: fresh(attack) };
  return (await attack.ask({ method: 'post', path: '/categories', token, json })).body.id as string;
};

/** Signs up a customer with two of a product in the cart, of which there are ten. */
const shopper = async (attack: Attack) => {
  const [{ token }, productId] = [await somebody(attack), await attack.product(10)];
  await attack.ask({ method: 'post', path: '/cart', token, json: { productId, quantity: 2 } });
  const inCart = async (): Promise<number> => {
    const { items } = (await read(attack, '/cart', token)).body as {
      readonly items: readonly { readonly quantity: number }[];
    };
    return items.reduce((sum, { quantity }) => sum + quantity, 0);
  };
  const inStock = async (): Promise<unknown> => (await read(attack, `/products/${productId}`)).body.quantity;
  return { token, productId, inCart, inStock };
};

const placing =
  (path: string): Prepare =>
  async (attack) => {
    const { token, inCart, inStock } = await shopper(attack);
    return {
      call: { method: 'post', path, token },
      isOnce: async () =>
        (await countAt(attack, '/orders/mine', token)) === 1 &&
        (await inCart()) === 0 &&
        (await inStock()) === 8,
    };
  };

/** A change of a thing at this path, by an administrator, which shows afterwards. */
const edit = (
  attack: Attack,
  method: 'put' | 'patch',
  path: string,
  json: Readonly<Record<string, unknown>>,
): Mutation => ({
  call: { method, path, token: attack.adminToken, json },
  isOnce: async () => {
    const { body } = await read(attack, path);
    return Object.entries(json).every(([key, value]) => body[key] === value);
  },
});

/** The removal of a thing at this path, by an administrator. */
const removal = (attack: Attack, path: string, repeated: string, token = attack.adminToken): Mutation => ({
  call: { method: 'delete', path, token },
  isOnce: async () => (await read(attack, path)).status === 404,
  repeated,
});

/** A token of an administrator who has just logged in: some calls require it, and an attack may last. */
const newAdminToken = async (attack: Attack): Promise<string> =>
  (await attack.ask(logIn(ADMIN.email, ADMIN.password))).body.accessToken as string;

/** How many webhook endpoints an attack leaves: a shop has a maximum. */
const ENDPOINTS = 6;

/** A new webhook endpoint that is sent pings only, so that no attempt outlasts the attack. */
const anEndpoint = ({ random }: Attack) => ({
  url: `https://receiver.example/${String(random.next())}`,
  eventTypes: [],
});

const endpointOf = async (attack: Attack): Promise<string> => {
  const { adminToken: token } = attack;
  const { body } = await read(attack, '/webhooks?limit=100');
  for (const { id } of (body.items as readonly { readonly id: string }[]).slice(ENDPOINTS))
    await attack.tell({ method: 'delete', path: `/webhooks/${id}`, token });
  const json = anEndpoint(attack);
  const { body: made } = await attack.ask({ method: 'post', path: '/webhooks', token, json });
  return `/webhooks/${made.id as string}`;
};

const apiKey = (attack: Attack) => ({ name: fresh(attack), scopes: ['orders:read'] });

const keysNamed = async (attack: Attack, name: string): Promise<number> => {
  const { items } = (await read(attack, '/api-keys?limit=100')).body as {
    readonly items: readonly { readonly name: string }[];
  };
  return items.filter((key) => key.name === name).length;
};

/** A file of one product, and how it is sent. */
const fileOf = (attack: Attack, sku: string): Call => ({
  method: 'post',
  path: '/products/import',
  token: attack.adminToken,
  headers: { 'Content-Type': 'application/x-ndjson' },
  json: { sku, name: sku, price: 2, quantity: 3 }, // which is one line
});

/** Operations that are attacked by other tests, and where. */
export const ATTACKED_ELSEWHERE: Readonly<Record<string, string>> = {
  pingWebhook: 'tests/webhooks: what it leads to is sent to a receiver',
  redeliverWebhookEvent: 'tests/webhooks: likewise',
  redeliverWebhookEvents: 'tests/webhooks: likewise',
};

export const mutations: Readonly<Record<string, Prepare>> = {
  signUp: (attack) => {
    const email = `${fresh(attack)}@attack.test`;
    return Promise.resolve({
      call: { method: 'post', path: '/auth/signup', json: { name: 'Newcomer', email, password: PASSWORD } },
      isOnce: async () => (await countAt(attack, `/customers?q=${encodeURIComponent(email)}`)) === 1,
      repeated: 'email_taken',
    });
  },
  // Its reply contains secrets, so it has no key: a log-in whose response was lost leaves an unused session.
  logIn: async (attack) => {
    const { email, token } = await somebody(attack);
    return {
      call: logIn(email),
      isOnce: async () => [2, 3].includes((await sessionsOf(attack, token)).length),
    };
  },
  refreshSession: async (attack) => {
    const { refreshToken, token } = await somebody(attack);
    return {
      call: { method: 'post', path: '/auth/refresh', json: { refreshToken } },
      isOnce: async () => (await sessionsOf(attack, token)).length === 1,
      same: (body) => body.refreshToken as unknown,
    };
  },
  endSession: async (attack) => {
    const { email, token } = await somebody(attack);
    await attack.ask(logIn(email));
    const other = (await sessionsOf(attack, token)).find(({ current }) => !current);
    return {
      call: { method: 'delete', path: `/auth/sessions/${other?.id ?? ''}`, token },
      isOnce: async () => (await sessionsOf(attack, token)).length === 1,
      repeated: 'session_not_found',
    };
  },
  logOut: async (attack) => {
    const { email, token } = await somebody(attack);
    const other = (await attack.ask(logIn(email))).body.accessToken as string;
    return {
      call: { method: 'post', path: '/auth/logout', token },
      isOnce: async () => (await isOut(attack, token)) && !(await isOut(attack, other)),
      repeated: 'invalid_token',
    };
  },
  logOutEverywhere: async (attack) => {
    const { email, token } = await somebody(attack);
    const other = (await attack.ask(logIn(email))).body.accessToken as string;
    return {
      call: { method: 'post', path: '/auth/logout-everywhere', token },
      isOnce: async () => (await isOut(attack, token)) && (await isOut(attack, other)),
      repeated: 'invalid_token',
    };
  },
  // A mail comes at least once, and each has a token of its own.
  requestPasswordReset: async (attack) => {
    const { email } = await somebody(attack);
    return {
      call: { method: 'post', path: '/auth/password-reset', json: { email } },
      isOnce: async () => (await attack.mailedToken(email, RESET)) !== '',
    };
  },
  confirmPasswordReset: async (attack) => {
    const { email } = await somebody(attack);
    await attack.ask({ method: 'post', path: '/auth/password-reset', json: { email } });
    const [token, newPassword] = [await attack.mailedToken(email, RESET), 'another long password'];
    return {
      call: { method: 'post', path: '/auth/password-reset/confirm', json: { token, newPassword } },
      isOnce: () => hasPassword(attack, email, newPassword),
      repeated: 'invalid_reset_token',
    };
  },
  verifyEmail: async (attack) => {
    const { email, token } = await somebody(attack);
    return {
      call: {
        method: 'post',
        path: '/auth/verify-email',
        json: { token: await attack.mailedToken(email, VERIFICATION) },
      },
      isOnce: async () => (await read(attack, '/auth/me', token)).body.emailVerified === true,
      repeated: 'invalid_verification_token',
    };
  },
  requestEmailVerification: async (attack) => {
    const { email, token } = await somebody(attack);
    return {
      call: { method: 'post', path: '/auth/verify-email/request', token },
      isOnce: async () => (await attack.mailedToken(email, VERIFICATION)) !== '',
    };
  },
  changeMe: async (attack) => {
    const { token } = await somebody(attack);
    return {
      call: { method: 'patch', path: '/auth/me', token, json: { name: 'Renamed' } },
      isOnce: async () => (await read(attack, '/auth/me', token)).body.name === 'Renamed',
    };
  },
  changePassword: async (attack) => {
    const { email, token } = await somebody(attack);
    const newPassword = 'another long password';
    return {
      call: {
        method: 'put',
        path: '/auth/password',
        token,
        json: { currentPassword: PASSWORD, newPassword },
      },
      isOnce: () => hasPassword(attack, email, newPassword),
      repeated: 'wrong_password',
    };
  },
  changeUser: async (attack) => {
    const { id } = await somebody(attack);
    return edit(attack, 'patch', `/users/${id}`, { disabled: true });
  },
  changeMyProfile: async (attack) => {
    const { token } = await somebody(attack);
    return {
      call: { method: 'patch', path: '/customers/me', token, json: { name: 'Renamed' } },
      isOnce: async () => (await read(attack, '/customers/me', token)).body.name === 'Renamed',
    };
  },
  eraseMe: async (attack) => {
    const { id, token } = await somebody(attack);
    return {
      call: { method: 'delete', path: '/customers/me', token },
      isOnce: async () => (await read(attack, `/customers/${id}`)).status === 404,
      repeated: 'invalid_token',
    };
  },
  addMyAddress: async (attack) => {
    const { token } = await somebody(attack);
    return {
      call: { method: 'post', path: '/customers/me/addresses', token, json: ADDRESS },
      isOnce: async () => (await countAt(attack, '/customers/me/addresses', token)) === 1,
    };
  },
  replaceMyAddress: async (attack) => {
    const { token } = await somebody(attack);
    const path = `/customers/me/addresses/${await addressOf(attack, token)}`;
    return {
      call: { method: 'put', path, token, json: { ...ADDRESS, city: 'New Bedford' } },
      isOnce: async () =>
        (await read(attack, path, token)).body.city === 'New Bedford' &&
        (await countAt(attack, '/customers/me/addresses', token)) === 1,
    };
  },
  removeMyAddress: async (attack) => {
    const { token } = await somebody(attack);
    const path = `/customers/me/addresses/${await addressOf(attack, token)}`;
    return {
      call: { method: 'delete', path, token },
      isOnce: async () => (await countAt(attack, '/customers/me/addresses', token)) === 0,
      repeated: 'address_not_found',
    };
  },
  createCustomer: (attack) => {
    const email = `${fresh(attack)}@attack.test`;
    return Promise.resolve({
      call: {
        method: 'post',
        path: '/customers',
        token: attack.adminToken,
        json: { name: 'Newcomer', email },
      },
      isOnce: async () => (await countAt(attack, `/customers?q=${encodeURIComponent(email)}`)) === 1,
    });
  },
  replaceCustomer: async (attack) =>
    edit(attack, 'put', `/customers/${(await somebody(attack)).id}`, { name: 'Renamed' }),
  changeCustomer: async (attack) =>
    edit(attack, 'patch', `/customers/${(await somebody(attack)).id}`, { name: 'Renamed' }),
  eraseCustomer: async (attack) => {
    const { id } = await somebody(attack);
    return removal(attack, `/customers/${id}`, 'customer_not_found', await newAdminToken(attack));
  },

  createProduct: (attack) => {
    const json = { ...PRODUCT, name: fresh(attack), quantity: 3 };
    return Promise.resolve({
      call: { method: 'post', path: '/products', token: attack.adminToken, json },
      isOnce: async () => (await countAt(attack, `/products?q=${json.name}`)) === 1,
    });
  },
  replaceProduct: async (attack) =>
    edit(attack, 'put', `/products/${await attack.product(10)}`, { ...PRODUCT, price: 12 }),
  changeProduct: async (attack) =>
    edit(attack, 'patch', `/products/${await attack.product(10)}`, { price: 12, quantity: 7 }),
  deleteProduct: async (attack) =>
    removal(attack, `/products/${await attack.product(10)}`, 'product_not_found'),
  adjustStock: async (attack) => {
    const path = `/products/${await attack.product(10)}`;
    return {
      call: {
        method: 'post',
        path: `${path}/stock-adjustments`,
        token: attack.adminToken,
        json: { delta: 1 },
      },
      isOnce: async () => (await read(attack, path)).body.quantity === 11,
    };
  },
  createCategory: (attack) => {
    const json = { name: fresh(attack) };
    return Promise.resolve({
      call: { method: 'post', path: '/categories', token: attack.adminToken, json },
      // Its name is unique: that there is one says that there are not two, so a second one would be refused.
      isOnce: async () =>
        (await attack.tell({ method: 'post', path: '/categories', token: attack.adminToken, json })).body
          .code === 'category_exists',
    });
  },
  replaceCategory: async (attack) =>
    edit(attack, 'put', `/categories/${await categoryOf(attack)}`, { name: fresh(attack) }),
  deleteCategory: async (attack) =>
    removal(attack, `/categories/${await categoryOf(attack)}`, 'category_not_found'),

  addToCart: async (attack) => {
    const { token, productId, inCart } = await shopper(attack);
    return {
      call: { method: 'post', path: '/cart', token, json: { productId, quantity: 1 } },
      isOnce: async () => (await inCart()) === 3,
    };
  },
  clearCart: async (attack) => {
    const { token, inCart } = await shopper(attack);
    return { call: { method: 'delete', path: '/cart', token }, isOnce: async () => (await inCart()) === 0 };
  },
  setCartLineQuantity: async (attack) => {
    const { token, productId, inCart } = await shopper(attack);
    return {
      call: { method: 'put', path: `/cart/${productId}`, token, json: { quantity: 7 } },
      isOnce: async () => (await inCart()) === 7,
    };
  },
  removeFromCart: async (attack) => {
    const { token, productId, inCart } = await shopper(attack);
    return {
      call: { method: 'delete', path: `/cart/${productId}`, token },
      isOnce: async () => (await inCart()) === 0,
      repeated: 'cart_line_not_found',
    };
  },

  placeOrder: placing('/orders'),
  placeOrderShort: placing('/order'),
  changeOrderStatus: async (attack) => {
    const { token, inStock } = await shopper(attack);
    const { body } = await attack.ask({ method: 'post', path: '/orders', token });
    const path = `/orders/${body.id as string}`;
    return {
      call: { method: 'patch', path, token, json: { status: 'cancelled' } },
      isOnce: async () =>
        (await read(attack, path, token)).body.status === 'cancelled' && (await inStock()) === 10,
    };
  },
  cancelOrders: async (attack) => {
    const [path, { id: customerId }] = ['/orders/cancellations', await somebody(attack)];
    return {
      call: { method: 'post', path, token: attack.adminToken, json: { customerId } },
      isOnce: async () => (await countAt(attack, `${path}?customerId=${customerId}`)) === 1,
    };
  },

  importProducts: async (attack) => {
    const sku = fresh(attack);
    const isThere = async () => (await countAt(attack, `/products?sku=${sku}`)) === 1;
    return Promise.resolve({
      call: fileOf(attack, sku),
      // Twice the same file is the same product, and is applied after the response.
      isOnce: () => eventually(isThere, 'the imported product'),
    });
  },
  cancelImport: async (attack) => {
    const path = `/imports/${(await attack.ask(fileOf(attack, fresh(attack)))).body.id as string}`;
    return {
      call: { method: 'post', path: `${path}/cancel`, token: attack.adminToken },
      isOnce: async () => (await read(attack, path)).body.finishedAt !== null,
    };
  },

  // Replies with secrets have no key: a key or an endpoint whose response was lost is left unused.
  createApiKey: async (attack) => {
    const [json, token] = [apiKey(attack), await newAdminToken(attack)];
    return {
      call: { method: 'post', path: '/api-keys', token, json },
      isOnce: async () => [1, 2].includes(await keysNamed(attack, json.name)),
    };
  },
  revokeApiKey: async (attack) => {
    const token = await newAdminToken(attack);
    const { body } = await attack.ask({ method: 'post', path: '/api-keys', token, json: apiKey(attack) });
    const path = `/api-keys/${body.id as string}`;
    return {
      call: { method: 'delete', path, token },
      isOnce: async () => (await read(attack, path)).body.revokedAt !== null,
    };
  },
  createWebhook: (attack) => {
    const json = anEndpoint(attack);
    const urls = async () =>
      ((await read(attack, '/webhooks?limit=100')).body.items as readonly { readonly url: string }[]).filter(
        ({ url }) => url === json.url,
      );
    return Promise.resolve({
      call: { method: 'post', path: '/webhooks', token: attack.adminToken, json },
      isOnce: async () => [1, 2].includes((await urls()).length),
    });
  },
  changeWebhook: async (attack) =>
    edit(attack, 'patch', await endpointOf(attack), { description: fresh(attack) }),
  deleteWebhook: async (attack) => removal(attack, await endpointOf(attack), 'webhook_not_found'),
  rotateWebhookSecret: async (attack) => {
    const path = await endpointOf(attack);
    return {
      call: { method: 'post', path: `${path}/rotate-secret`, token: attack.adminToken },
      isOnce: async () => (await read(attack, path)).status === 200,
    };
  },
};
