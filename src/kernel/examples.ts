import type { Brand } from './brand.js';
import type { EventId } from './events.js';
import type { AddressId, ApiKeyId, CustomerId, OrderId, ProductId, SessionId } from './ids.js';

// People and things in the examples of the documentation, the same ones in every context. The demo catalogue has these products,
// so a shop with it accepts the examples as they are. Ids of people and orders are created by the shop; those here only show the form.

/** Returns the n-th id of the examples: UUIDv7s of the start of 2026. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller chooses the id's type
const id = <Id extends string>(n: number): Id =>
  `019b76da-a800-7000-8000-${String(n).padStart(12, '0')}` as Id;

export const EXAMPLE_TIME = '2026-01-05T09:30:00.000Z';

/** Tokens only show the form: the shop mints them. */
export const EXAMPLE_REFRESH_TOKEN = '0O2S9u2eYx5cQmJmE0mYyqkq2m7oJdXhJr1n3Ew8b2s';
export const EXAMPLE_MAIL_TOKEN = 'ldXk7MechAisfD9UPGzsRozfwyA-LpxqqSgvn23vWMk';

/** A period in which everything happens. */
export const EXAMPLE_FROM = '2026-01-01T00:00:00Z';
export const EXAMPLE_TO = '2099-12-31T23:59:59Z';

export const EXAMPLE_CUSTOMER = {
  id: id<CustomerId>(1),
  name: 'Ann Example',
  email: 'ann@example.org',
  username: 'ann',
  phone: '+353 1 555 0100',
  password: 'correct horse battery staple',
  sessionId: id<SessionId>(11),
  /** The customer's browser, as sessions show it. */
  device: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  /** In a network that is reserved for documentation (RFC 5737). */
  networkAddress: '192.0.2.17',
} as const;

/** A customer whose account an administrator creates. */
export const EXAMPLE_OTHER_CUSTOMER = {
  id: id<CustomerId>(2),
  name: 'Bea Example',
  email: 'bea@example.org',
} as const;

export const EXAMPLE_ADMINISTRATOR = { id: id<CustomerId>(3) } as const;

/** The key of a program that keeps the catalogue and the orders in step with another system. */
export const EXAMPLE_API_KEY = {
  id: id<ApiKeyId>(61),
  name: 'Warehouse',
  scopes: ['catalog:write', 'orders:read', 'orders:write'],
  /** Its checksum is right, and no shop has it. */
  secret: 'pk_249qPIKIgwil2lG4wPtLgTedqkOXSdFYxrSjuM9z4601ashj0',
} as const;

export const EXAMPLE_ADDRESS = {
  id: id<AddressId>(21),
  line1: '12 Rose Lane',
  city: 'Dublin',
  postalCode: 'D02 X285',
  country: 'IE',
} as const;

export const EXAMPLE_CATEGORY = {
  id: id<Brand<string, 'CategoryId'>>(100),
  name: 'Coffee',
} as const;

export const EXAMPLE_OTHER_CATEGORY = {
  id: id<Brand<string, 'CategoryId'>>(107),
  name: 'Equipment',
} as const;

/** A category that an administrator creates. */
export const EXAMPLE_NEW_CATEGORY = {
  id: id<Brand<string, 'CategoryId'>>(200),
  name: 'Kitchen',
} as const;

/** Sold in the demo catalogue. The price is in major units, and whole: every currency has it. */
export const EXAMPLE_PRODUCT = {
  id: id<ProductId>(101),
  sku: 'COF-HOUSE-250',
  name: 'House blend',
  description: 'Chocolate and hazelnut, 250 g, whole beans.',
  price: 9,
  quantity: 120,
} as const;

/** Another product of the demo catalogue, which is sold out. */
export const EXAMPLE_SOLD_OUT_PRODUCT = { id: id<ProductId>(110) } as const;

/** A product that an administrator creates. */
export const EXAMPLE_NEW_PRODUCT = {
  id: id<ProductId>(201),
  sku: 'MUG-350-BLUE',
  name: 'Enamel mug',
  description: 'Holds 350 ml and survives the campfire.',
  price: 19,
  imageUrl: 'https://images.example/mug.jpg',
} as const;

/** An endpoint of an integrator, in a domain that is reserved for documentation (RFC 2606). */
export const EXAMPLE_WEBHOOK = {
  id: id<Brand<string, 'WebhookEndpointId'>>(61),
  url: 'https://warehouse.example/webhooks/portico',
  description: 'Warehouse',
} as const;

export const EXAMPLE_WEBHOOK_EVENT = {
  id: id<EventId>(62),
  attemptId: id<Brand<string, 'WebhookAttemptId'>>(63),
  customerId: EXAMPLE_CUSTOMER.id,
} as const;

export const EXAMPLE_ORDER = { id: id<OrderId>(31), number: '7KQ4-XM2P', quantity: 2, total: 18 } as const;

/** Returns the id of the n-th row of the demo catalogue, of which the first is the category of the examples. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller chooses the id's type
export const demoId = <Id extends string>(n: number): Id => id<Id>(100 + n);
