// What the bench asks of a server, route by route, and how each answer is checked.
import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { emailOf, EVERY, isSoldOut } from './shop-data.js';

/** A shop that is asked, with the ids that it gave to what is in it. */
export interface Target {
  readonly url: string;
  readonly products: readonly string[];
  readonly categories: readonly string[];
  readonly password: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

interface Asked {
  readonly json?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** The only status that is right; 200 unless said. */
  readonly expect?: number;
}

/** A client with one connection that is kept alive, and a user who has logged in. */
export interface Client {
  readonly target: Target;
  /** The number of its user in the shop. */
  readonly user: number;
  readonly email: string;
  accessToken: string;
  refreshToken: string;
  ask(method: string, path: string, asked?: Asked): Promise<Answered>;
}

/** Sends one request, or the requests of one journey; `n` counts those of this client. */
type Visit = (client: Client, n: number) => Promise<unknown>;

export interface Workload {
  readonly title: string;
  readonly clients: number;
  /** Visits that ask for all that there is to ask for: they precede each window. Only a few pages unless said. */
  readonly whole?: number;
  readonly visit: Visit;
}

/** How a value is made, whatever it is: the names and types of its members, in their order. */
const shapeOf = (value: unknown): string => {
  if (Array.isArray(value)) return `[${[...new Set(value.map(shapeOf))].sort().join(' | ')}]`;
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  const members = Object.entries(value).map(([name, member]) => `${name}: ${shapeOf(member)}`);
  return `{${members.join(', ')}}`;
};

/** Status, names of headers and shape of the body: what answers of two servers have to have in common. */
export const describeAnswer = ({ status, headers, body }: Answered): string =>
  `${String(status)} ${Object.keys(headers).sort().join(' ')} ${shapeOf(body)}`;

/** Opens a client; each answer is described to `note`. */
export const openClient = (
  target: Target,
  user: number,
  note: (description: string) => void,
): Client & { close(): void } => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const send = (method: string, path: string, { json, headers }: Asked): Promise<Answered> =>
    new Promise((resolve, reject) => {
      const body = json === undefined ? undefined : JSON.stringify(json);
      const content = body !== undefined && {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
      };
      const sent = request(`${target.url}${path}`, { agent, method, headers: { ...headers, ...content } });
      sent.on('error', reject);
      sent.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('error', reject).on('end', () => {
          const { statusCode: status = 0, headers: received } = response;
          resolve({ status, headers: received, body: text === '' ? undefined : JSON.parse(text) });
        });
      });
      sent.end(body);
    });
  return {
    target,
    user,
    email: emailOf(user),
    accessToken: '',
    refreshToken: '',
    ask: async (method, path, asked = {}) => {
      const answered = await send(method, path, asked);
      if (answered.status !== (asked.expect ?? 200))
        throw new Error(`${method} ${path}: ${String(answered.status)} ${JSON.stringify(answered.body)}`);
      note(describeAnswer(answered));
      return answered;
    },
    close: () => {
      agent.destroy();
    },
  };
};

const bearer = ({ accessToken }: Client) => ({ Authorization: `Bearer ${accessToken}` });

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

const keepTokens = (client: Client, body: unknown): void => {
  const { accessToken, refreshToken } = body as Tokens;
  Object.assign(client, { accessToken, refreshToken });
};

export const logIn = async (client: Client): Promise<void> => {
  const json = { email: client.email, password: client.target.password };
  const { body } = await client.ask('POST', '/auth/login', { json });
  keepTokens(client, body);
};

const refresh = async (client: Client): Promise<void> => {
  const { refreshToken } = client;
  const { body } = await client.ask('POST', '/auth/refresh', { json: { refreshToken } });
  keepTokens(client, body);
};

/** One of the products after the other. */
const productAt = ({ target: { products } }: Client, n: number): string =>
  products[(n * 7) % products.length] ?? '';

/**
 * The same of those that are sold, the second half, of which none is sold out: the tags of the others stay. Each client
 * begins elsewhere, so that two do not order the same products at once: the tutorial's server deadlocks when they do.
 */
const soldAt = ({ target: { products }, user }: Client, n: number): string => {
  const half = Math.floor(products.length / 2);
  const at = half + ((n * 7 + user * 101) % half);
  return products[isSoldOut(at) ? at + 1 : at] ?? '';
};

const put = (client: Client, n: number) =>
  client.ask('POST', '/cart', {
    json: { productId: soldAt(client, n), quantity: 1 },
    headers: bearer(client),
  });

const order = (client: Client) =>
  client.ask('POST', '/orders', { json: {}, headers: bearer(client), expect: 201 });

const tags = new WeakMap<Client, Map<string, string>>();

const getUnchanged: Visit = async (client, n) => {
  const known = tags.get(client) ?? new Map<string, string>();
  tags.set(client, known);
  const path = `/products/${productAt(client, n % 5)}`;
  if (!known.has(path)) known.set(path, String((await client.ask('GET', path)).headers.etag));
  const headers = { 'If-None-Match': known.get(path) ?? '' };
  return client.ask('GET', path, { headers, expect: 304 });
};

const PRICES = 50;

const getFiltered: Visit = (client, n) => {
  const { categories } = client.target;
  const category = categories[n % categories.length] ?? '';
  return client.ask(
    'GET',
    `/products?category=${category}&minPrice=${String(1 + (n % PRICES))}&maxPrice=150`,
  );
};

/** Lines that a client has put in its cart, so that the cart is filled once. */
const filled = new WeakSet<Client>();

const getCart: Visit = async (client) => {
  if (!filled.has(client)) for (const n of [1, 2, 3]) await put(client, n);
  filled.add(client);
  return client.ask('GET', '/cart', { headers: bearer(client) });
};

/** Onto the line that is there; now and then an order empties the cart, since a line has an end. */
const addToCart: Visit = async (client, n) => {
  if (n % 900 === 899) await order(client);
  return put(client, 1);
};

const journey: Visit = async (client, n) => {
  await put(client, 2 * n);
  await put(client, 2 * n + 1);
  return order(client);
};

/** At once, for each route but the expensive ones; the load's own process reads the same variable. */
const CLIENTS = Number(process.env['BENCH_CLIENTS'] ?? 4);
/** Portico refuses searches and log-ins of one network when too many wait. */
const FEW = 2;

export const WORKLOADS = {
  product: {
    title: 'product by id',
    clients: CLIENTS,
    whole: 1000,
    visit: (client, n) => client.ask('GET', `/products/${productAt(client, n)}`),
  },
  unchanged: { title: 'product by id, 304', clients: CLIENTS, visit: getUnchanged },
  list: {
    title: 'list of 20',
    clients: CLIENTS,
    visit: (client) => client.ask('GET', '/products?limit=20'),
  },
  filtered: { title: 'list of a category and prices', clients: FEW, whole: 2 * PRICES, visit: getFiltered },
  cart: { title: 'GET /cart, three lines', clients: CLIENTS, visit: getCart },
  addToCart: { title: 'POST /cart', clients: CLIENTS, visit: addToCart },
  journey: { title: 'two lines and an order', clients: CLIENTS, visit: journey },
  logIn: { title: 'log-in', clients: FEW, visit: logIn },
  refresh: { title: 'refresh', clients: CLIENTS, visit: refresh },
} as const satisfies Readonly<Record<string, Workload>>;

export type RouteName = keyof typeof WORKLOADS;
export const ROUTES = Object.keys(WORKLOADS) as readonly RouteName[];

/** The user of a client: no other client has the same one, and none is disabled. */
export const userOf = (route: RouteName, client: number): number => {
  const number = ROUTES.indexOf(route) * CLIENTS + client;
  return number + Math.floor(number / (EVERY - 1));
};

/** Routes whose clients have to be logged in beforehand. */
export const needsToken = (route: RouteName): boolean =>
  ['cart', 'addToCart', 'journey', 'refresh'].includes(route);
