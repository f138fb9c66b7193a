import { aReservation, anImport } from '../support/builders/catalog.js';
import { aPlacement } from '../support/builders/ordering.js';
import { expect } from 'chai';
import { EVENT_TYPES as WEBHOOK_TYPES } from '#src/contexts/webhooks/domain/event-types.js';
import { messageOf } from '#src/contexts/webhooks/domain/message.js';
import { EVENT_TYPES } from '#src/main/events.js';
import { anAttempt, anEndpoint } from '../support/builders/webhooks.js';
import { newId } from '../support/builders/ids.js';
import type { Received, RequestOptions } from '../support/http-client.js';
import { tokensMailedTo } from '../support/operations.js';
import { aProduct } from '../support/shopping.js';
import type { ShopUnderTest } from '../support/test-shop.js';
import type { WatchedShop } from '../security/watched-shop.js';

/** For a shop in which a person leaves traces wherever one can: their addresses are known, and counted in the database. */
export const TRACING = {
  TRUST_PROXY: '1',
  RATE_LIMITS: 'on',
  RATE_LIMIT_STORE: 'database',
  RATE_LIMIT_PER_MINUTE: '10000',
} as const;

/** Facts about a person. Each text is unique to the person; `was` are those that were changed later on. */
export interface PersonalFacts {
  readonly name: string;
  readonly email: string;
  readonly username: string;
  readonly phone: string;
  readonly was: {
    readonly name: string;
    readonly email: string;
    readonly username: string;
    readonly phone: string;
  };
  /** Of the address book, of an address that was replaced, and of an order alone. */
  readonly addresses: { readonly home: Place; readonly former: Place; readonly gift: Place };
  readonly devices: readonly [string, string];
  /** Network addresses, the second one of IPv6, and the network of that. */
  readonly hosts: readonly [string, string, string];
}

type Place = Readonly<
  Record<'name' | 'line1' | 'line2' | 'city' | 'region' | 'postalCode' | 'phone', string>
>;

const place = (word: string, digits: string): Place => ({
  name: `Receiver ${word}worth`,
  line1: `${digits} ${word}bury Lane`,
  line2: `Flat ${word}let`,
  city: `${word}ville`,
  region: `${word}shire`,
  postalCode: `${word.slice(0, 4).toUpperCase()} ${digits}`,
  phone: `+353 1 ${digits}`,
});

/** A person with unique facts. */
export const OTTILIE: PersonalFacts = {
  name: 'Ottilie Brandywine',
  email: 'Ottilie.Brandywine@Second-Mail.Example',
  username: 'tilly.brandy',
  phone: '+353 87 5550177',
  was: {
    name: 'Miss Quackenbush',
    email: 'O.Quackenbush@First-Mail.Example',
    username: 'quackenduck',
    phone: '+353 87 5550166',
  },
  addresses: {
    home: place('Hawthorn', '7710042'),
    former: place('Juniper', '7720043'),
    gift: place('Larkspur', '7730044'),
  },
  devices: ['ZephyrPhone/71 (Portico)', 'GondolaTablet/72 (Portico)'],
  hosts: ['203.0.113.177', '2001:db8:4242:7171::42', '2001:db8:4242:7171::/64'],
};

/** Returns the texts to find in tables: all facts, and each of their words that is not a common one. */
export const textsOf = (facts: PersonalFacts): readonly string[] => {
  const { devices, hosts, was, addresses, ...now } = facts;
  const said = [now, was, ...Object.values(addresses)].flatMap((each) => Object.values(each));
  const whole = [...said, ...devices, ...hosts];
  const words = said.flatMap((text) => text.split(/[\s@]+/)).filter((word) => word.length > 5);
  const ordinary = ['Receiver'];
  return [...new Set([...whole, ...words].filter((text) => !ordinary.includes(text)))];
};

export interface WholeLife {
  readonly id: string;
  readonly token: string;
  readonly refreshToken: string;
  readonly password: string;
  readonly orders: {
    readonly delivered: string;
    readonly cancelled: string;
    readonly refused: string;
    readonly pending: string;
  };
  /** As this person, from one of their devices. */
  readonly call: (method: Method, path: string, options?: Omit<RequestOptions, 'token'>) => Promise<Received>;
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Returns words backwards and other digits: another person, whose life can be the same. */
const mirrored = (text: string): string =>
  text
    .replaceAll(/[A-Za-z]{5,}/g, (word) => Array.from(word).toReversed().join(''))
    .replaceAll(/\d{7,}/g, (digits) => digits.replaceAll(/\d/g, (digit) => String(9 - Number(digit))));

export const mirrorOf = (facts: PersonalFacts): PersonalFacts => ({
  ...(JSON.parse(JSON.stringify(facts), (_key, value: unknown) =>
    typeof value === 'string' ? mirrored(value) : value,
  ) as PersonalFacts),
  hosts: ['198.51.100.23', '2001:db8:9999:1111::1', '2001:db8:9999:1111::/64'],
});

const PASSWORD = 'a long enough password';

/**
 * Lives a whole life in a shop: everything that a person can do or have done to them, so that whatever keeps anything of
 * them keeps it now. Their orders are in all states in which they may be erased.
 */
export const live = async (shop: ShopUnderTest, facts: PersonalFacts): Promise<WholeLife> => {
  let token: string | undefined;
  let keys = 0;
  const from = (device: 0 | 1) => ({
    'User-Agent': facts.devices[device],
    'X-Forwarded-For': facts.hosts[device],
  });
  const send = (
    method: Method,
    path: string,
    { device = 0, headers = {}, ...options }: RequestOptions & { readonly device?: 0 | 1 } = {},
  ): Promise<Received> =>
    shop[method](path, {
      ...(token !== undefined && { token }),
      ...options,
      headers: { ...from(device), ...headers },
    });
  const succeed = async (sent: Promise<Received>): Promise<Received> => {
    const received = await sent;
    expect(received.status, JSON.stringify(received.body)).to.be.below(300);
    return received;
  };
  const call: typeof send = (...request) => succeed(send(...request));
  const once = (path: string, json: object): Promise<Received> => {
    keys += 1;
    return call('post', path, { json, headers: { 'Idempotency-Key': `life-${keys}` } });
  };
  const admin = (method: Method, path: string, json: object): Promise<Received> =>
    succeed(shop[method](path, { token: shop.adminToken, json }));
  const { was, addresses } = facts;
  const address = (given: Place) => ({ ...given, country: 'IE' });

  // Accounts and sessions: two devices, wrong passwords and names, a token that comes twice, another name for everything.
  const signUp = { name: was.name, email: was.email, username: was.username, password: PASSWORD };
  const { body: signedUp } = await call('post', '/auth/signup', { json: signUp });
  const id = signedUp.user.id as string;
  for (const login of [was.email.toUpperCase(), was.username, was.email])
    await send('post', '/auth/login', { json: { login, password: 'a wrong password' }, device: 1 });
  const logIn = async (
    login: string,
    device: 0 | 1,
  ): Promise<{ accessToken: string; refreshToken: string }> =>
    (await call('post', '/auth/login', { json: { login, password: PASSWORD }, device })).body as never;
  const copied = await logIn(was.username, 1);
  let { refreshToken } = copied;
  for (let times = 0; times < 2; times += 1)
    ({ refreshToken } = (await call('post', '/auth/refresh', { json: { refreshToken }, device: 1 }))
      .body as never);
  await send('post', '/auth/refresh', { json: { refreshToken: copied.refreshToken }, device: 1 });
  token = (await logIn(was.email, 1)).accessToken;
  await call('post', '/auth/logout', { device: 1 });
  const first = await logIn(was.email, 0);
  token = first.accessToken;
  await send('put', '/auth/password', { json: { currentPassword: 'wrong', newPassword: `new ${PASSWORD}` } });
  const { name, email, username, phone } = facts;
  await call('patch', '/auth/me', { json: { name, email, username, currentPassword: PASSWORD } });
  for (const disabled of [true, false]) await admin('patch', `/users/${id}`, { disabled });
  const last = await logIn(email, 0);
  token = last.accessToken;
  const second = (await call('post', '/auth/refresh', { json: { refreshToken: last.refreshToken } })).body;
  await logIn(email.toLowerCase(), 1);

  // Profile and address book.
  await call('patch', '/customers/me', { json: { phone: was.phone } });
  await admin('patch', `/customers/${id}`, { phone });
  await once('/customers/me/addresses', address(addresses.home));
  const { body: former } = await once('/customers/me/addresses', address(addresses.former));
  const book = '/customers/me/addresses';
  await call('put', `${book}/${former.id as string}`, { json: address(addresses.home) });

  // Mails, which are not delivered here: what they leave behind.
  await call('post', '/auth/password-reset', { json: { email } });
  await tokensMailedTo(shop, id);

  // Orders of all kinds, and what is in the cart.
  const productId = await aProduct(shop, { quantity: 50 });
  const order = async (json: object): Promise<string> => {
    await once('/cart', { productId, quantity: 2 });
    return (await once('/orders', json)).body.id as string;
  };
  const move = async (orderId: string, ...statuses: readonly string[]): Promise<string> => {
    for (const status of statuses) await admin('patch', `/orders/${orderId}`, { status });
    return orderId;
  };
  const gift = { shippingAddress: address(addresses.gift) };
  const orders = {
    delivered: await move(await order(gift), 'confirmed', 'shipped', 'delivered'),
    cancelled: await order(gift),
    refused: await move(await order({}), 'confirmed', 'cancelled'),
    pending: await order({}),
  };
  await call('patch', `/orders/${orders.cancelled}`, { json: { status: 'cancelled' } });
  await once('/cart', { productId, quantity: 3 });
  return { id, token, refreshToken: second.refreshToken as string, password: PASSWORD, orders, call };
};

/**
 * Brings events of a life, and their deliveries to a subscriber, into every state that they can be in, sends some to a webhook
 * endpoint, receives one of another process, and begins an import.
 */
export const scatterEvents = async (shop: WatchedShop): Promise<void> => {
  const { transact } = shop.shop.parts.persistence;
  const { length } = (await shop.rows())['outbox_events'] ?? [];
  expect(length).to.be.greaterThan(20);
  await transact(async (ports) => {
    const { outbox, inbox, people, placements, reservations, imports, webhookEndpoints, webhookAttempts } =
      ports;
    await inbox.receive(newId(), new Date());
    await people.lock(newId());
    await placements.add(aPlacement());
    await reservations.add(aReservation());
    const running = anImport();
    await imports.add(running);
    await imports.addChunk(running.id, 0, [{ line: 2, sku: 'CUP', content: { name: 'Cup' } }]);
    await imports.addErrors(running.id, [
      { line: 3, sku: 'CUP', problems: [{ field: 'name', detail: 'Bad.' }] },
    ]);
    const subscription = { subscriber: 'test.life', types: EVENT_TYPES };
    await outbox.subscribe(subscription);
    await outbox.dispatch(length - 5);
    const lease = { claimId: newId<never>(), leaseMs: 60_000 };
    const claimed = await outbox.claim('test.life', await outbox.due(subscription, 100), lease);
    expect(claimed).to.have.length.greaterThan(5);
    const endpoint = anEndpoint();
    await webhookEndpoints.add(endpoint);
    for (const { event } of claimed.filter(({ event: { type } }) => type in WEBHOOK_TYPES)) {
      const { id: eventId, type: eventType, payload } = messageOf(event as never);
      const attempt = anAttempt({ endpointId: endpoint.id, eventId, eventType, payload });
      await webhookAttempts.add(attempt);
    }
    const outcomes = ['delivered', 'dead_lettered', 'leased'] as const;
    for (const [index, delivery] of claimed.entries()) {
      const is = outcomes[index % 3];
      if (is !== undefined && is !== 'leased') await outbox.settle([{ delivery, outcome: { is } }]);
    }
    expect(await outbox.hasUndispatched()).to.equal(true);
  });
};
