import { expect } from 'chai';
import { failWrite } from '#src/kernel/errors.js';
import type { Access } from '#src/platform/http/routes/route.js';
import type { EntryRepository } from '#src/contexts/audit/application/ports.js';
import { anImport } from '../support/builders/catalog.js';
import { newId } from '../support/builders/ids.js';
import { FILE, loggedAttempt } from '../support/operations.js';
import { resetTokenOf, verificationTokenOf } from '../support/post-office.js';
import { aProduct, anOrderedShopper, expectProblem } from '../support/shopping.js';
import { forEachShop, testShop, type ShopUnderTest } from '../support/test-shop.js';

interface Told {
  readonly id: string;
  readonly at: string;
  readonly actorId: string | null;
  readonly action: string;
  readonly subjectId: string | null;
  readonly addressHash: string | null;
}

const log = async (
  shop: ShopUnderTest,
  search: Readonly<Record<string, string>> = {},
): Promise<readonly Told[]> => {
  const query = new URLSearchParams({ limit: '100', ...search }).toString();
  const { status, body } = await shop.get(`/audit-log?${query}`, { token: shop.adminToken });
  expect(status, JSON.stringify(body)).to.equal(200);
  return body.items as readonly Told[];
};

const adminId = async (shop: ShopUnderTest): Promise<string> =>
  (await shop.get('/auth/me', { token: shop.adminToken })).body.id as string;

/** What `act` adds to the log, the earliest first. */
const toldBy = async (shop: ShopUnderTest, act: () => Promise<unknown>): Promise<readonly Told[]> => {
  const known = new Set((await log(shop)).map(({ id }) => id));
  await act();
  return (await log(shop)).filter(({ id }) => !known.has(id)).toReversed();
};

const outline = ({ action, actorId, subjectId }: Told) => [action, actorId, subjectId];

const createdBy = async (
  shop: ShopUnderTest,
  path: string,
  json: object,
  token = shop.adminToken,
): Promise<string> => {
  const { status, body } = await shop.post(path, { token, json });
  expect(status, JSON.stringify(body)).to.equal(201);
  return body.id as string;
};

const aCategory = (shop: ShopUnderTest) => createdBy(shop, '/categories', { name: `Kitchen ${newId()}` });
const aCustomer = (shop: ShopUnderTest) =>
  createdBy(shop, '/customers', { name: 'Grace', email: `${newId()}@customers.test` });

const API_KEY = { name: 'Warehouse', scopes: ['orders:read'] };
const anApiKey = async (shop: ShopUnderTest) =>
  createdBy(shop, '/api-keys', API_KEY, await shop.newAdminToken());
/** An import of which no event tells that it goes on, so that it does not end by itself. */
const aRunningImport = async (shop: ShopUnderTest): Promise<string> => {
  const running = anImport();
  await shop.storeOf('catalog').transact(({ imports }) => imports.add(running));
  return running.id;
};
const aWebhook = (shop: ShopUnderTest) =>
  createdBy(shop, '/webhooks', { url: 'https://receiver.example/hooks', eventTypes: ['order.placed'] });

/** A change of something that `prepare` has made before. */
const changeOf =
  (
    prepare: (shop: ShopUnderTest) => Promise<string>,
    method: 'post' | 'put' | 'patch' | 'delete',
    path: (id: string) => string,
    json?: object,
  ): ((shop: ShopUnderTest) => Promise<() => Promise<string>>) =>
  async (shop) => {
    const id = await prepare(shop);
    return async () => {
      const { status, body } = await shop[method](path(id), {
        token: shop.adminToken,
        ...(json && { json }),
      });
      expect(status, JSON.stringify(body)).to.be.below(300);
      return id;
    };
  };

const making = (make: (shop: ShopUnderTest) => Promise<string>) => (shop: ShopUnderTest) =>
  Promise.resolve(() => make(shop));

const PRODUCT = { name: 'Teapot', description: 'Round', price: 12.5 };
const aUser = async (shop: ShopUnderTest) => (await shop.signUp()).id;
const anOrder = async (shop: ShopUnderTest) => (await anOrderedShopper(shop)).orderId;

/** How a change is prepared and made, answering the id of what was changed; and what the log says of it. */
type Example = readonly [
  prepare: (shop: ShopUnderTest) => Promise<() => Promise<string>>,
  actions: readonly string[],
];

/**
 * Every change that only administrators may make: how to make it, and what the log says of it. Written by hand:
 * a new row of the route table has to be added here.
 */
const CHANGES: Readonly<Record<string, Example>> = {
  createProduct: [making((shop) => aProduct(shop)), ['product.created']],
  replaceProduct: [changeOf(aProduct, 'put', (id) => `/products/${id}`, PRODUCT), ['product.changed']],
  changeProduct: [changeOf(aProduct, 'patch', (id) => `/products/${id}`, { price: 9 }), ['product.changed']],
  deleteProduct: [changeOf(aProduct, 'delete', (id) => `/products/${id}`), ['product.deleted']],
  adjustStock: [
    changeOf(aProduct, 'post', (id) => `/products/${id}/stock-adjustments`, { delta: 2 }),
    ['stock.adjusted'],
  ],
  createCategory: [making(aCategory), ['category.created']],
  replaceCategory: [
    changeOf(aCategory, 'put', (id) => `/categories/${id}`, { name: `Garden ${newId()}` }),
    ['category.changed'],
  ],
  deleteCategory: [changeOf(aCategory, 'delete', (id) => `/categories/${id}`), ['category.deleted']],
  createCustomer: [making(aCustomer), ['customer.created']],
  replaceCustomer: [
    changeOf(aCustomer, 'put', (id) => `/customers/${id}`, { name: 'Hopper' }),
    ['customer.changed'],
  ],
  changeCustomer: [
    changeOf(aCustomer, 'patch', (id) => `/customers/${id}`, { phone: '+1 555 0100' }),
    ['customer.changed'],
  ],
  eraseCustomer: [
    async (shop) => {
      const [id, token] = [await aCustomer(shop), await shop.newAdminToken()];
      return async () => {
        expect((await shop.delete(`/customers/${id}`, { token })).status).to.equal(204);
        return id;
      };
    },
    ['user.erased'],
  ],
  cancelOrders: [
    making(async (shop) => {
      const json = { customerId: newId() };
      return (await shop.post('/orders/cancellations', { token: shop.adminToken, json })).body.id as string;
    }),
    ['bulk_cancellation.requested'],
  ],
  importProducts: [
    making(async (shop) => {
      const { status, body } = await shop.post('/products/import', { token: shop.adminToken, ...FILE });
      expect(status, JSON.stringify(body)).to.equal(202);
      return body.id as string;
    }),
    ['import.started'],
  ],
  cancelImport: [changeOf(aRunningImport, 'post', (id) => `/imports/${id}/cancel`), ['import.cancelled']],
  createApiKey: [
    async (shop) => {
      const token = await shop.newAdminToken();
      return () => createdBy(shop, '/api-keys', API_KEY, token);
    },
    ['api_key.created'],
  ],
  revokeApiKey: [changeOf(anApiKey, 'delete', (id) => `/api-keys/${id}`), ['api_key.revoked']],
  createWebhook: [making(aWebhook), ['webhook.created']],
  changeWebhook: [
    changeOf(aWebhook, 'patch', (id) => `/webhooks/${id}`, { description: 'Warehouse' }),
    ['webhook.changed'],
  ],
  deleteWebhook: [changeOf(aWebhook, 'delete', (id) => `/webhooks/${id}`), ['webhook.deleted']],
  rotateWebhookSecret: [
    changeOf(aWebhook, 'post', (id) => `/webhooks/${id}/rotate-secret`),
    ['webhook.secret_rotated'],
  ],
  pingWebhook: [changeOf(aWebhook, 'post', (id) => `/webhooks/${id}/ping`), ['webhook.pinged']],
  redeliverWebhookEvent: [
    async (shop) => {
      const id = await aWebhook(shop);
      const eventId = await loggedAttempt(shop, id);
      const path = `/webhooks/${id}/deliveries/${eventId}/redeliver`;
      return changeOf(
        () => Promise.resolve(id),
        'post',
        () => path,
      )(shop);
    },
    ['webhook.event_redelivered'],
  ],
  redeliverWebhookEvents: [
    changeOf(aWebhook, 'post', (id) => `/webhooks/${id}/deliveries/redeliver`, {
      from: '2026-01-01T00:00:00Z',
      to: '2026-01-02T00:00:00Z',
    }),
    ['webhook.events_redelivered'],
  ],
  changeUser: [
    changeOf(aUser, 'patch', (id) => `/users/${id}`, { role: 'admin', disabled: true }),
    ['user.promoted', 'user.disabled'],
  ],
};

/** Commands of all callers, when an administrator calls them for another person. */
const ALSO: typeof CHANGES = {
  changeOrderStatus: [
    changeOf(anOrder, 'patch', (id) => `/orders/${id}`, { status: 'confirmed' }),
    ['order.confirmed'],
  ],
  'changeOrderStatus to cancelled': [
    changeOf(anOrder, 'patch', (id) => `/orders/${id}`, { status: 'cancelled' }),
    ['order.cancelled'],
  ],
};

/** What people do themselves and the log is told, each shown below. */
const TOLD: readonly string[] = [
  ...['signUp', 'logIn', 'refreshSession', 'logOut', 'logOutEverywhere', 'endSession'],
  ...['requestPasswordReset', 'confirmPasswordReset', 'verifyEmail'],
  ...['changeMe', 'changePassword', 'exportMyData', 'eraseMe', 'changeOrderStatus'],
];

const OWN_DATA = 'one’s own data, in which nobody else can meddle';
const SHOPPING = 'shopping, of which the orders themselves tell';

/** What it is not told, and why. */
const UNTOLD: Readonly<Record<string, string>> = {
  requestEmailVerification: OWN_DATA,
  changeMyProfile: OWN_DATA,
  addMyAddress: OWN_DATA,
  replaceMyAddress: OWN_DATA,
  removeMyAddress: OWN_DATA,
  addToCart: SHOPPING,
  setCartLineQuantity: SHOPPING,
  removeFromCart: SHOPPING,
  clearCart: SHOPPING,
  placeOrder: SHOPPING,
  placeOrderShort: SHOPPING,
};

describe('The audit log', () => {
  let shop: ShopUnderTest;
  before(async () => (shop = await testShop()));
  after(() => shop.close());

  /** The calls that change something: by their method, whatever else a row says of itself. */
  const changesFor = (callers: readonly Access[]): readonly string[] =>
    shop.shop.http.table
      .filter(
        ({ kind, method, access }) => (kind === 'command' || method !== 'get') && callers.includes(access),
      )
      .map(({ operationId }) => operationId);

  describe('of what administrators change', () => {
    it('The tests of the audit log have an example for each command of administrators', () => {
      expect(Object.keys(CHANGES)).to.have.members(changesFor(['admin']));
    });

    it('The tests of the audit log state of every other change whether it is recorded', () => {
      expect([...TOLD, ...Object.keys(UNTOLD)]).to.have.members(changesFor(['user', 'anyone']));
    });

    for (const [operation, [prepare, actions]] of Object.entries({ ...CHANGES, ...ALSO }))
      it(`The audit log records ${actions.join(' and ')} for ${operation}, once`, async () => {
        const make = await prepare(shop);
        let subject = '';
        const told = await toldBy(shop, async () => (subject = await make()));
        const admin = await adminId(shop);
        expect(told.map(outline)).to.deep.equal(actions.map((action) => [action, admin, subject]));
        for (const { addressHash } of told) expect(addressHash).to.match(/^[0-9a-f]{64}$/);
      });

    it('The audit log records no change that is refused, or that changes nothing', async () => {
      const order = await anOrder(shop);
      const customer = await aUser(shop);
      const token = shop.adminToken;
      const move = (status: string) => shop.patch(`/orders/${order}`, { token, json: { status } });
      await move('confirmed');
      const told = await toldBy(shop, async () => {
        expect((await move('confirmed')).status).to.equal(200);
        expectProblem(await move('delivered'), 409, 'illegal_transition');
        const json = { role: 'customer', disabled: false };
        expect((await shop.patch(`/users/${customer}`, { token, json })).status).to.equal(200);
        expect((await shop.post('/products', { token, json: { name: '' } })).status).to.equal(422);
        expect((await shop.delete(`/products/${newId()}`, { token })).status).to.equal(404);
      });
      expect(told).to.deep.equal([]);
    });

    it('The audit log records nothing that customers do with their own orders', async () => {
      const { shopper, orderId } = await anOrderedShopper(shop);
      expect(await toldBy(shop, () => shopper.cancel(orderId))).to.deep.equal([]);
    });

    it('The audit log records a request under an Idempotency-Key once, however often it comes', async () => {
      const headers = { 'Idempotency-Key': newId() };
      const json = { ...PRODUCT, quantity: 1 };
      const send = () => shop.post('/products', { token: shop.adminToken, json, headers });
      const told = await toldBy(shop, async () => {
        expect((await send()).status).to.equal(201);
        expect((await send()).headers['idempotent-replayed']).to.equal('true');
      });
      expect(told.map(({ action }) => action)).to.deep.equal(['product.created']);
    });
  });

  describe('of what happens to accounts', () => {
    const PERSON = { name: 'Ada', password: 'a long enough password' };
    const signUp = async () => {
      const email = `${newId()}@customers.test`;
      return { ...(await shop.signUp({ ...PERSON, email })), email };
    };
    const logIn = (json: object) => shop.post('/auth/login', { json });
    const refresh = (refreshToken: string) => shop.post('/auth/refresh', { json: { refreshToken } });
    const succeed = async (sent: Promise<{ readonly status: number; readonly body: unknown }>) => {
      const { status, body } = await sent;
      expect(status, JSON.stringify(body)).to.be.below(300);
    };

    it('The audit log records a sign-up, and log-ins and log-outs of all kinds', async () => {
      let id = '';
      const sessions: string[] = [];
      const told = await toldBy(shop, async () => {
        const { email, password, token, ...ada } = await signUp();
        id = ada.id;
        const [, second, third] = [
          await logIn({ email, password }),
          await shop.logIn(email, password),
          await shop.logIn(email, password),
        ];
        const { body } = await shop.get('/auth/sessions?limit=1', { token });
        sessions.push(...(body.items as readonly { id: string }[]).map((session) => session.id));
        await succeed(shop.delete(`/auth/sessions/${sessions[0] ?? ''}`, { token }));
        expect((await shop.get('/auth/me', { token: third.token })).status).to.equal(401);
        await succeed(shop.post('/auth/logout', { token: second.token }));
        await succeed(shop.post('/auth/logout-everywhere', { token }));
      });
      expect(told.map(outline)).to.deep.equal([
        ['user.signed_up', id, id],
        ...Array.from({ length: 3 }, () => ['user.logged_in', id, id]),
        ['session.ended', id, sessions[0]],
        ['user.logged_out', id, id],
        ['user.logged_out_everywhere', id, id],
      ]);
      expect(new Set(told.map(({ addressHash }) => addressHash)).size, 'one address').to.equal(1);
      expect(told[0]?.addressHash).to.match(/^[0-9a-f]{64}$/);
    });

    it('The audit log records a failed log-in with the account, and never with the name that was typed', async () => {
      const ada = await signUp();
      const disabled = await signUp();
      await shop.patch(`/users/${disabled.id}`, { token: shop.adminToken, json: { disabled: true } });
      const told = await toldBy(shop, async () => {
        for (const json of [
          { email: ada.email, password: 'a wrong password' },
          { email: disabled.email, password: disabled.password },
          { email: 'nobody@customers.test', password: 'a wrong password' },
        ])
          expectProblem(await logIn(json), 401, 'invalid_credentials');
      });
      expect(told.map(outline)).to.deep.equal([
        ['user.login_failed', null, ada.id],
        ['user.login_failed', null, disabled.id],
        ['user.login_failed', null, null],
      ]);
      const [own] = await log(shop, { actor: ada.id, action: 'user.signed_up' });
      expect(told[0]?.addressHash, 'the address of the account’s other entries').to.equal(own?.addressHash);
      expect(told[1]?.addressHash).not.to.equal(own?.addressHash);
      expect(told[2]?.addressHash).to.equal(null);
    });

    it('The audit log records a password that is set by mail, and the request for it', async () => {
      const ada = await signUp();
      const told = await toldBy(shop, async () => {
        const token = await resetTokenOf(shop, ada.email);
        const json = { token, newPassword: 'another long password' };
        await succeed(shop.post('/auth/password-reset/confirm', { json }));
        expectProblem(await shop.post('/auth/password-reset/confirm', { json }), 401, 'invalid_reset_token');
      });
      expect(told.map(outline)).to.deep.equal([
        ['user.password_reset_requested', null, ada.id],
        ['user.password_reset', ada.id, ada.id],
      ]);
    });

    it('The audit log records a verified address, once', async () => {
      const ada = await signUp();
      const told = await toldBy(shop, async () => {
        const first = await verificationTokenOf(shop, ada.email);
        await succeed(shop.post('/auth/verify-email/request', { token: ada.token }));
        const second = await verificationTokenOf(shop, ada.email, 1);
        for (const token of [first, second])
          await succeed(shop.post('/auth/verify-email', { json: { token } }));
      });
      expect(told.map(outline)).to.deep.equal([['user.email_verified', ada.id, ada.id]]);
    });

    it('The audit log records a refresh token that comes a second time, and no other refresh', async () => {
      const ada = await signUp();
      const told = await toldBy(shop, async () => {
        const second = await refresh(ada.refreshToken);
        const third = await refresh(second.body.refreshToken as string);
        expect(third.status).to.equal(200);
        expectProblem(await refresh(ada.refreshToken), 401, 'invalid_refresh_token');
        expectProblem(await refresh(ada.refreshToken), 401, 'invalid_refresh_token');
      });
      expect(told.map(outline)).to.deep.equal([['user.token_reused', null, ada.id]]);
    });

    it('The audit log records changes of passwords and log-in names, and no refusals', async () => {
      const { id, token, email, password } = await signUp();
      const put = (currentPassword: string) =>
        shop.put('/auth/password', { token, json: { currentPassword, newPassword: `new ${password}` } });
      const change = (json: object) => shop.patch('/auth/me', { token, json });
      const told = await toldBy(shop, async () => {
        expectProblem(await put('a wrong password'), 403, 'wrong_password');
        await succeed(put(password));
        await succeed(change({ name: 'Grace' }));
        const currentPassword = `new ${password}`;
        await succeed(change({ email, currentPassword }));
        await succeed(change({ email: `new-${email}`, currentPassword }));
        for (const username of ['grace', 'Grace', null]) await succeed(change({ username }));
      });
      expect(told.map(outline)).to.deep.equal([
        ['user.password_changed', id, id],
        ['user.email_changed', id, id],
        ['user.username_changed', id, id],
        ['user.username_changed', id, id],
      ]);
    });

    it('The audit log distinguishes the two changes of a user, and their reversals', async () => {
      const { id } = await signUp();
      const admin = await adminId(shop);
      const change = (json: object) => succeed(shop.patch(`/users/${id}`, { token: shop.adminToken, json }));
      const told = await toldBy(shop, async () => {
        await change({ role: 'admin' });
        await change({ role: 'customer' });
        await change({ disabled: true });
        await change({ disabled: false });
      });
      expect(told.map(outline)).to.deep.equal(
        ['user.promoted', 'user.demoted', 'user.disabled', 'user.enabled'].map((action) => [
          action,
          admin,
          id,
        ]),
      );
    });

    it('The audit log records an export of all data of a person', async () => {
      const { id, token } = await signUp();
      const told = await toldBy(shop, () => succeed(shop.get('/customers/me/export', { token })));
      expect(told.map(outline)).to.deep.equal([['user.exported', id, id]]);
    });

    it('The audit log records who erased an account', async () => {
      const ada = await signUp();
      const told = await toldBy(shop, () => shop.delete('/customers/me', { token: ada.token }));
      expect(told.map(outline)).to.deep.equal([['user.erased', ada.id, ada.id]]);
      expect(told[0]?.addressHash, 'the secret went with the account').to.equal(null);
    });

    it('The audit log records that the shop itself has created its first administrator', async () => {
      const [made] = await log(shop, { action: 'user.created' });
      expect(made && outline(made)).to.deep.equal(['user.created', null, await adminId(shop)]);
    });
  });

  describe('for administrators', () => {
    it('The audit log is closed to all but administrators', async () => {
      const { token } = await shop.signUp();
      expectProblem(await shop.get('/audit-log', { token }), 403, 'forbidden');
      expectProblem(await shop.get('/audit-log'), 401, 'unauthenticated');
    });

    it('The audit log can be filtered by actor, action, subject and time', async () => {
      const id = await aProduct(shop);
      const admin = await adminId(shop);
      const [made] = await log(shop, { subject: id });
      expect(made && outline(made)).to.deep.equal(['product.created', admin, id]);
      const at = made?.at ?? '';
      const next = new Date(Date.parse(at) + 1).toISOString();
      const found = (search: Readonly<Record<string, string>>) => log(shop, { subject: id, ...search });
      expect(await found({ actor: admin, action: 'product.created', from: at, to: next })).to.have.length(1);
      expect(await found({ actor: newId() })).to.deep.equal([]);
      expect(await found({ action: 'product.deleted' })).to.deep.equal([]);
      expect(await found({ from: next })).to.deep.equal([]);
      expect(await found({ to: at })).to.deep.equal([]);
      const spaced = await shop.get('/audit-log?from=2026-01-01T00:00:00+02:00', {
        token: shop.adminToken,
      });
      expect(spaced.body.errors).to.deep.equal([
        {
          parameter: 'from',
          detail:
            'The parameter from must have a + before its offset, encoded as %2B in a URL: 2026-01-31T12:00:00%2B02:00.',
        },
      ]);
      for (const search of [
        'actor=me',
        'subject=1',
        'from=yesterday',
        'from=2026-01-01T24:00:00Z',
        `action=${'x'.repeat(65)}`,
      ])
        expect((await shop.get(`/audit-log?${search}`, { token: shop.adminToken })).status).to.equal(400);
    });

    it('The audit log is read on by cursor', async () => {
      const id = await aProduct(shop);
      for (const price of [1, 2])
        await shop.patch(`/products/${id}`, { token: shop.adminToken, json: { price } });
      const actions: string[] = [];
      let path: string | null = `/audit-log?subject=${id}&limit=1`;
      while (path !== null) {
        const { body, headers } = await shop.get(path, { token: shop.adminToken });
        actions.push(...(body.items as readonly Told[]).map(({ action }) => action));
        path = /<(.+)>/.exec(headers['link'] ?? '')?.[1] ?? null;
      }
      expect(actions).to.deep.equal(['product.changed', 'product.changed', 'product.created']);
    });

    it('The audit log cannot be written by any call', () => {
      const rows = shop.shop.http.table.filter(({ path }) => path.startsWith('/audit-log'));
      expect(rows.map(({ method }) => method)).to.deep.equal(['get']);
    });
  });
});

forEachShop((name, open) => {
  describe(`An entry of the audit log on ${name}`, () => {
    /** Gets in between the shop and its log. */
    const withLog = (add: (original: EntryRepository, times: number) => EntryRepository['add']) => {
      let times = 0;
      return open({
        overrides: {
          replaceRepositories: () => ({
            auditEntries: (original) => ({
              ...original,
              add: (entry) => {
                if (!entry.action.startsWith('product.')) return original.add(entry);
                times += 1;
                return add(original, times)(entry);
              },
            }),
          }),
        },
      });
    };
    const products = async (shop: ShopUnderTest): Promise<number> =>
      ((await shop.get('/products')).body.items as readonly unknown[]).length;
    const create = (shop: ShopUnderTest, headers = {}) =>
      shop.post('/products', { token: shop.adminToken, json: { ...PRODUCT, quantity: 3 }, headers });

    // Services commit an event with the change: see elsewhere.test.ts.
    if (name !== 'services')
      it('An entry of the audit log commits with the change, or neither does', async () => {
        const shop = await withLog(() => () => Promise.reject(new Error('the log is full')));
        try {
          for (const headers of [{}, { 'Idempotency-Key': newId() }])
            expect((await create(shop, headers)).status).to.equal(500);
          expect(await products(shop)).to.equal(0);
        } finally {
          await shop.close();
        }
      });

    it('An entry of the audit log is there once when the transaction has run twice', async () => {
      const shop = await withLog((original, times) => async (entry) => {
        await original.add(entry);
        if (times % 2 === 1) throw failWrite('stale_write');
      });
      try {
        for (const headers of [{}, { 'Idempotency-Key': newId() }])
          expect((await create(shop, headers)).status).to.equal(201);
        expect(await products(shop)).to.equal(2);
        expect(await log(shop, { action: 'product.created' })).to.have.length(2);
      } finally {
        await shop.close();
      }
    });
  });
});
