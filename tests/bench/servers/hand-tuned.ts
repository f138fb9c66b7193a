// The hand-tuned server: what somebody writes who wants these nine routes fast on this database and nothing else. node:http, the
// database's own driver with prepared statements, as few statements as are right, SQL and checks by hand in one file. It works on
// Portico's tables and gives Portico's answers: same JSON, same headers, same checks of token, session, input and stock, same
// rows in ledger, audit log and outbox. It leaves out what nobody measures here: other routes, rate limits, logs, metrics,
// idempotency keys, the grace period of refresh tokens, the delivery of events.
import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  randomUUID,
} from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import bcrypt from 'bcrypt';
import jwt from 'jsonwebtoken';
import { v7 as uuid } from 'uuid';
import { openStore, type Row, type Run } from './stores.js';

const { PORT = '0', DATABASE_URL = '', JWT_PRIVATE_KEY = '' } = process.env;
const store = openStore(DATABASE_URL);
const CURRENCY = 'USD';
const TOKEN_SECONDS = 3600;
const SESSION_MS = 14 * 24 * 3_600_000;
const MAX_QUANTITY = 999;
const MAX_LINES = 100;
const BODY_LIMIT = 100 * 1024;

const sha256 = (text: string, encoding: 'hex' | 'base64url' = 'hex'): string =>
  createHash('sha256').update(text).digest(encoding);
/** What drivers make of a column's type: SQLite stores times as text. */
const iso = (value: unknown): string =>
  (value instanceof Date ? value : new Date(value as string)).toISOString();
const major = (minor: unknown): number => Number(minor) / 100;

// ---- Answers

class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

const COMMON = {
  'Content-Security-Policy': `default-src 'none';frame-ancestors 'none'`,
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};
const PRIVATE = { ...COMMON, Vary: 'Origin', 'Cache-Control': 'no-store' };
const PUBLIC = {
  ...COMMON,
  Vary: 'Origin, Authorization',
  'Cache-Control': 'public, max-age=0, must-revalidate, s-maxage=10',
};

interface Reply {
  readonly status?: number;
  readonly body: unknown;
  readonly shared?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

const send = (request: IncomingMessage, response: ServerResponse, reply: Reply): void => {
  const { status = 200, body, shared = false, headers = {} } = reply;
  const all = { ...(shared ? PUBLIC : PRIVATE), 'X-Request-Id': uuid(), ...headers };
  const tag = request.headers['if-none-match'];
  if (tag !== undefined && tag === headers['ETag'] && request.method === 'GET') {
    response.writeHead(304, all).end();
    return;
  }
  const text = JSON.stringify(body);
  const type = status < 400 ? 'application/json; charset=utf-8' : 'application/problem+json';
  const content = { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) };
  response.writeHead(status, { ...all, ...content }).end(text);
};

const problem = (request: IncomingMessage, error: unknown): Reply => {
  const { status, code } = error instanceof Refusal ? error : { status: 500, code: 'internal_error' };
  if (status === 500) console.error(error);
  const requestId = uuid();
  const headers = { 'X-Request-Id': requestId, ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }) };
  return { status, body: { type: 'about:blank', status, instance: request.url, code, requestId }, headers };
};

// ---- Input

type Fields = Readonly<Record<string, unknown>>;

const readBody = async (request: IncomingMessage): Promise<Fields> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    if ((size += chunk.length) > BODY_LIMIT) throw new Refusal(413, 'body_too_large');
  }
  if (size > 0 && !(request.headers['content-type'] ?? '').startsWith('application/json'))
    throw new Refusal(415, 'unsupported_media_type');
  try {
    const body: unknown = size === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Fields;
  } catch {
    // below
  }
  throw new Refusal(400, 'malformed_json');
};

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const isUuid = (value: unknown): value is string => typeof value === 'string' && UUID.test(value);
const invalid = (): Refusal => new Refusal(422, 'invalid_input');

const allowOnly = (fields: Fields, names: readonly string[]): void => {
  if (!Object.keys(fields).every((name) => names.includes(name))) throw invalid();
};

const textField = (value: unknown, max: number): string => {
  if (typeof value !== 'string' || value === '' || value.length > max) throw invalid();
  return value;
};

// ---- Tokens

const privateKey = createPrivateKey(JWT_PRIVATE_KEY);
const publicKey = createPublicKey(privateKey);
const { crv, kty, x, y } = publicKey.export({ format: 'jwk' });
const keyid = sha256(JSON.stringify({ crv, kty, x, y }), 'base64url');

const OURS = { issuer: 'portico', audience: 'portico' };

/** The session of each token whose signature has been verified, and when it expires. */
const verified = new Map<string, { readonly sid: string; readonly sub: string; readonly exp: number }>();

const claimsOf = (authorization = '') => {
  const token = authorization.startsWith('Bearer ') ? authorization.slice(7) : '';
  const now = Date.now() / 1000;
  const known = verified.get(token);
  if (known !== undefined && known.exp > now) return known;
  try {
    const options = { ...OURS, algorithms: ['ES256' as const], complete: true as const };
    const { header, payload } = jwt.verify(token, publicKey, options);
    const { sid, sub, exp } = payload as { readonly sid: string; readonly sub: string; readonly exp: number };
    if (header.typ !== 'at+jwt') throw new Error('another kind of token');
    if (verified.size >= 10_000) verified.clear();
    verified.set(token, { sid, sub, exp });
    return { sid, sub, exp };
  } catch {
    throw new Refusal(401, 'invalid_token');
  }
};

const isLive = (row: Row | undefined, sub: unknown): row is Row =>
  row !== undefined &&
  row['userId'] === sub &&
  !(row['disabled'] as boolean) &&
  row['endedAt'] === null &&
  new Date(row['expiresAt'] as string).getTime() > Date.now();

const tokensReply = (user: Row, sid: string, refreshToken: string): Reply => {
  const claims = { sub: user['userId'], sid, jti: randomUUID() };
  const header = { alg: 'ES256', typ: 'at+jwt', kid: keyid };
  const options = { ...OURS, algorithm: 'ES256' as const, expiresIn: TOKEN_SECONDS, header };
  const accessToken = jwt.sign(claims, privateKey, options);
  const { userId: id, name, email, username, role } = user;
  const emailVerified = user['emailVerifiedAt'] !== null;
  const shown = { id, name, email, emailVerified, username, role, createdAt: iso(user['createdAt']) };
  return { body: { user: shown, accessToken, tokenType: 'Bearer', expiresIn: TOKEN_SECONDS, refreshToken } };
};

// ---- Catalogue

const PRODUCT = `SELECT p."id", p."sku", p."name", p."description", p."priceMinor", p."imageUrl", p."version", p."createdAt",
  p."updatedAt", p."categoryId", s."quantity", s."version" AS "stockVersion", c."name" AS "category",
  c."version" AS "categoryVersion"
  FROM "products" p JOIN "stock" s ON s."productId" = p."id" LEFT JOIN "categories" c ON c."id" = p."categoryId"`;

const viewProduct = (row: Row) => ({
  id: row['id'],
  sku: row['sku'],
  name: row['name'],
  description: row['description'],
  price: major(row['priceMinor']),
  currency: CURRENCY,
  quantity: row['quantity'],
  category: row['categoryId'] === null ? null : { id: row['categoryId'], name: row['category'] },
  imageUrl: row['imageUrl'],
  createdAt: iso(row['createdAt']),
  updatedAt: iso(row['updatedAt']),
});

const getProduct = async (id: string): Promise<Reply> => {
  if (!isUuid(id)) throw new Refusal(404, 'not_found');
  const { rows } = await store.run(`${PRODUCT} WHERE p."id" = ? AND p."deletedAt" IS NULL`, [id]);
  const [row] = rows;
  if (row === undefined) throw new Refusal(404, 'product_not_found');
  const versions = [row['version'], row['stockVersion'], row['categoryVersion'] ?? 0];
  return { body: viewProduct(row), shared: true, headers: { ETag: `"${versions.join('.')}"` } };
};

const cursorOf = (key: number, id: string, filters: string): string => {
  const digest = sha256(JSON.stringify([filters, key, id]), 'base64url').slice(0, 16);
  return Buffer.from(JSON.stringify([key, id, digest])).toString('base64url');
};

const priceOf = (text: string): number => {
  const minor = /^\d{1,12}(?:\.\d{1,2})?$/.test(text) ? Math.round(Number(text) * 100) : NaN;
  if (Number.isNaN(minor)) throw new Refusal(400, 'invalid_query');
  return minor;
};

const listProducts = async (search: URLSearchParams): Promise<Reply> => {
  const conditions = ['p."deletedAt" IS NULL'];
  const values: unknown[] = [];
  const where = (condition: string, ...bound: unknown[]): void => {
    conditions.push(condition);
    values.push(...bound);
  };
  let limit = 20;
  const filters = [...search]
    .filter(([name]) => name !== 'after' && name !== 'limit')
    .sort()
    .join('&');
  for (const [name, value] of search) {
    if (name === 'limit' && /^(?:[1-9]\d?|100)$/.test(value)) limit = Number(value);
    else if (name === 'category' && isUuid(value)) where('p."categoryId" = ?', value);
    else if (name === 'minPrice') where('p."priceMinor" >= ?', priceOf(value));
    else if (name === 'maxPrice') where('p."priceMinor" <= ?', priceOf(value));
    else if (name === 'after') {
      const [key, id] = JSON.parse(Buffer.from(value, 'base64url').toString()) as [number, string];
      if (cursorOf(key, id, filters) !== value) throw new Refusal(400, 'invalid_cursor');
      where('(p."createdAt" < ? OR (p."createdAt" = ? AND p."id" < ?))', new Date(key), new Date(key), id);
    } else throw new Refusal(400, 'invalid_query');
  }
  const order = `ORDER BY p."createdAt" DESC, p."id" DESC LIMIT ${String(limit + 1)}`;
  const { rows } = await store.run(`${PRODUCT} WHERE ${conditions.join(' AND ')} ${order}`, values);
  const items = rows.slice(0, limit).map(viewProduct);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { body: { items, nextCursor: null }, shared: true };
  const nextCursor = cursorOf(Date.parse(last.createdAt), last.id as string, filters);
  const next = new URLSearchParams(search);
  next.set('after', nextCursor);
  const headers = { Link: `</products?${next.toString()}>; rel="next"` };
  return { body: { items, nextCursor }, shared: true, headers };
};

// ---- Cart

const SESSION = `s."userId", s."expiresAt", s."endedAt", u."disabled"`;
const FROM_SESSION = `FROM "sessions" s JOIN "users" u ON u."id" = s."userId"`;
const CART = `SELECT ${SESSION}, c."version" AS "cartVersion", l."productId", l."position", l."quantity", p."sku", p."name",
  p."priceMinor", p."imageUrl", p."deletedAt", k."quantity" AS "available"`;
const FROM_CART = `${FROM_SESSION} LEFT JOIN "carts" c ON c."customerId" = s."userId"
  LEFT JOIN "cart_lines" l ON l."customerId" = c."customerId" LEFT JOIN "products" p ON p."id" = l."productId"
  LEFT JOIN "stock" k ON k."productId" = l."productId"`;

interface Cart {
  readonly customer: string;
  /** Null for a customer who has none. */
  readonly version: number | null;
  readonly lines: readonly Row[];
  /** Any row: it has the columns that do not belong to a line. */
  readonly first: Row;
}

/** Reads session, user, cart, products and stock by one statement. */
const readCart = async (authorization: string | undefined, sql: string, values: readonly unknown[] = []) => {
  const { sid, sub } = claimsOf(authorization);
  const { rows } = await store.run(sql, [...values, sid]);
  const [first] = rows;
  if (!isLive(first, sub)) throw new Refusal(401, 'invalid_token');
  const lines = rows.filter((row) => row['productId'] !== null);
  return { customer: sub, version: first['cartVersion'], lines, first } as Cart;
};

const totalOf = (lines: readonly Row[]): number =>
  lines.reduce((sum, row) => (row['deletedAt'] === null ? sum + lineTotal(row) : sum), 0);

const lineTotal = (row: Row): number => Number(row['priceMinor']) * Number(row['quantity']);

const cartReply = (lines: readonly Row[], version: number): Reply => {
  const items = lines.map((row) => {
    const { productId: id, name, imageUrl, quantity } = row;
    const available = row['deletedAt'] === null ? row['available'] : 0;
    const product = { id, name, price: major(row['priceMinor']), imageUrl };
    return { product, quantity, lineTotal: major(lineTotal(row)), available };
  });
  const body = { items, totalPrice: major(totalOf(lines)), currency: CURRENCY, pricesAsOf: null, version };
  return { body, headers: { ETag: `"${String(version)}.${sha256(JSON.stringify(body)).slice(0, 16)}"` } };
};

const GET_CART = `${CART} ${FROM_CART} WHERE s."id" = ? ORDER BY l."position"`;

const getCart = async (authorization: string | undefined): Promise<Reply> => {
  const { lines, version } = await readCart(authorization, GET_CART);
  return cartReply(lines, version ?? 0);
};

const ADD_TO_CART = `${CART}, a."id" AS "addedId", a."name" AS "addedName", a."priceMinor" AS "addedPrice",
  a."imageUrl" AS "addedImage", b."quantity" AS "addedStock" ${FROM_CART}
  LEFT JOIN "products" a ON a."id" = ? AND a."deletedAt" IS NULL LEFT JOIN "stock" b ON b."productId" = a."id"
  WHERE s."id" = ? ORDER BY l."position"`;
const RAISE_CART = 'UPDATE "carts" SET "version" = "version" + 1 WHERE "customerId" = ? AND "version" = ?';
/** A line and the cart's version by one statement, where the database has such. */
const CHANGE_LINE = {
  mysql: `UPDATE "carts" c JOIN "cart_lines" l ON l."customerId" = c."customerId" SET c."version" = c."version" + 1,
    l."quantity" = ? WHERE c."customerId" = ? AND c."version" = ? AND l."productId" = ?`,
  postgres: `WITH c AS (UPDATE "carts" SET "version" = "version" + 1 WHERE "customerId" = $2 AND "version" = $3
    RETURNING "customerId") UPDATE "cart_lines" l SET "quantity" = $1 FROM c
    WHERE l."customerId" = c."customerId" AND l."productId" = $4`,
  sqlite: null,
}[store.dialect];

/** The row was changed by somebody else since it was read: all is done anew. */
class Stale extends Error {}

const expectRow = ({ touched }: { readonly touched: number }): void => {
  if (touched === 0) throw new Stale();
};

const changeLine = async (
  { customer, version }: Cart,
  productId: string,
  quantity: number,
): Promise<void> => {
  if (CHANGE_LINE !== null) {
    expectRow(await store.run(CHANGE_LINE, [quantity, customer, version, productId]));
    return;
  }
  const line = 'UPDATE "cart_lines" SET "quantity" = ? WHERE "customerId" = ? AND "productId" = ?';
  await store.transact(async (run) => {
    expectRow(await run(RAISE_CART, [customer, version]));
    expectRow(await run(line, [quantity, customer, productId]));
  });
};

const addLine = async ({ customer, version, lines, first }: Cart, productId: string, quantity: number) => {
  const position = Number(lines.at(-1)?.['position'] ?? 0) + 1;
  await store.transact(async (run) => {
    if (version === null)
      await run('INSERT INTO "carts" ("customerId", "version") VALUES (?, 1)', [customer]);
    else expectRow(await run(RAISE_CART, [customer, version]));
    const line =
      'INSERT INTO "cart_lines" ("customerId", "productId", "position", "quantity") VALUES (?, ?, ?, ?)';
    await run(line, [customer, productId, position, quantity]);
  });
  const { addedName: name, addedPrice: priceMinor, addedImage: imageUrl, addedStock: available } = first;
  return { productId, quantity, name, priceMinor, imageUrl, available, deletedAt: null };
};

const addToCart = async (authorization: string | undefined, body: Fields): Promise<Reply> => {
  const { productId, quantity = 1 } = body;
  allowOnly(body, ['productId', 'quantity']);
  const added = Number.isInteger(quantity) ? (quantity as number) : 0;
  if (!isUuid(productId) || added < 1 || added > MAX_QUANTITY) throw invalid();
  const cart = await readCart(authorization, ADD_TO_CART, [productId]);
  if (cart.first['addedId'] === null) throw new Refusal(404, 'product_not_found');
  const line = cart.lines.find((row) => row['productId'] === productId);
  if (line === undefined) {
    if (cart.lines.length >= MAX_LINES) throw new Refusal(409, 'cart_full');
    return cartReply([...cart.lines, await addLine(cart, productId, added)], (cart.version ?? 0) + 1);
  }
  const sum = Number(line['quantity']) + added;
  if (sum > MAX_QUANTITY) throw new Refusal(409, 'line_quantity_exceeded');
  await changeLine(cart, productId, sum);
  const lines = cart.lines.map((row) => (row === line ? { ...row, quantity: sum } : row));
  return cartReply(lines, (cart.version ?? 0) + 1);
};

// ---- Orders

const ADDRESS = ['name', 'line1', 'line2', 'city', 'region', 'postalCode', 'country', 'phone'] as const;
const ORDER_FROM = `${CART}, ${ADDRESS.map((name) => `d."${name}" AS "to_${name}"`).join(', ')} ${FROM_CART}
  LEFT JOIN "addresses" d ON d."defaultFor" = s."userId" WHERE s."id" = ? ORDER BY l."position"`;
const TIME = store.dialect === 'postgres' ? 'CAST(? AS TIMESTAMPTZ)' : '?';
const INTEGER = store.dialect === 'mysql' ? 'CAST(? AS SIGNED)' : 'CAST(? AS INTEGER)';
const times = (count: number, text: string, separator = ', '): string =>
  Array(count).fill(text).join(separator);

/** Takes the stock of all lines or of none, and enters it in the ledger; the texts depend on the number of lines only. */
const takeStock = async (run: Run, orderId: string, lines: readonly Row[], at: Date): Promise<void> => {
  const count = lines.length;
  const amounts = `CASE "productId" ${times(count, `WHEN ? THEN ${INTEGER}`, ' ')} END`;
  const pairs = lines.flatMap((line) => [line['productId'], line['quantity']]);
  const { touched } = await run(
    `UPDATE "stock" SET "quantity" = "quantity" - ${amounts}, "version" = "version" + 1
     WHERE ${times(count, '("productId" = ? AND "quantity" >= ?)', ' OR ')}`,
    [...pairs, ...pairs],
  );
  if (touched !== count) throw new Refusal(409, 'out_of_stock');
  const ids = lines.flatMap((line) => [line['productId'], uuid()]);
  await run(
    `INSERT INTO "stock_ledger"
     ("id", "productId", "sequence", "delta", "reason", "note", "orderId", "balance", "createdAt")
     SELECT CASE "productId" ${times(count, 'WHEN ? THEN ?', ' ')} END, "productId", "version", -${amounts}, 'order', NULL, ?,
     "quantity", ${TIME} FROM "stock" WHERE "productId" IN (${times(count, '?')})`,
    [...ids, ...pairs, orderId, at, ...lines.map((line) => line['productId'])],
  );
};

const NUMBER_CHARACTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Random, in Crockford's base 32. */
const orderNumber = (): string => {
  const characters = Array.from(randomBytes(8), (byte) => NUMBER_CHARACTERS.charAt(byte % 32)).join('');
  return `${characters.slice(0, 4)}-${characters.slice(4)}`;
};

const placeOrder = async (authorization: string | undefined, body: Fields): Promise<Reply> => {
  allowOnly(body, ['expectedTotal']);
  const { customer, version, lines, first } = await readCart(authorization, ORDER_FROM);
  if (lines.length === 0 || version === null) throw new Refusal(409, 'cart_empty');
  if (lines.some((line) => line['deletedAt'] !== null)) throw new Refusal(409, 'out_of_stock');
  const total = totalOf(lines);
  const { expectedTotal } = body;
  if (expectedTotal !== undefined && expectedTotal !== major(total)) throw new Refusal(409, 'total_changed');
  const [id, at] = [uuid(), new Date()];
  const number = orderNumber();
  const fields = Object.fromEntries(ADDRESS.map((name) => [name, first[`to_${name}`]]));
  const shippingAddress = fields['line1'] === null ? null : fields;
  await store.transact(async (run) => {
    expectRow(await run(RAISE_CART, [customer, version]));
    await run('DELETE FROM "cart_lines" WHERE "customerId" = ?', [customer]);
    await takeStock(run, id, lines, at);
    await run(
      `INSERT INTO "orders" ("id", "number", "customerId", "status", "currency", "totalMinor", "shippingAddress", "version",
       "createdAt", "updatedAt") VALUES (?, ?, ?, 'pending', ?, ?, ?, 1, ?, ?)`,
      [id, number, customer, CURRENCY, total, shippingAddress && JSON.stringify(shippingAddress), at, at],
    );
    await run(
      `INSERT INTO "order_lines" ("orderId", "position", "productId", "sku", "skuKey", "name", "unitPriceMinor",
        "quantity") VALUES ${times(lines.length, '(?, ?, ?, ?, ?, ?, ?, ?)')}`,
      lines.flatMap(({ productId, sku, name, priceMinor, quantity }, index) => {
        const skuKey = typeof sku === 'string' ? sku.toLowerCase() : null;
        return [id, index + 1, productId, sku, skuKey, name, priceMinor, quantity];
      }),
    );
    await run(
      `INSERT INTO "outbox_events" ("id", "aggregate", "aggregateId", "version", "sequence", "type", "data", "occurredAt")
       VALUES (?, 'order', ?, 1, 0, 'order.placed', ?, ?)`,
      [uuid(), id, JSON.stringify({ customerId: customer }), at],
    );
  });
  const products = lines.map((line) => {
    const { productId, sku, name, quantity } = line;
    const unitPrice = major(line['priceMinor']);
    return { productId, sku, name, unitPrice, quantity, lineTotal: major(lineTotal(line)) };
  });
  const [status, totalPrice, createdAt] = ['pending', major(total), at.toISOString()];
  const order = {
    ...{ orderId: id, id, userId: customer, number, status, products, totalPrice, currency: CURRENCY },
    ...{ shippingAddress, createdAt, updatedAt: createdAt },
  };
  return { status: 201, body: order, headers: { ETag: '"1"', Location: `/orders/${id}` } };
};

// ---- Accounts

const USER = `u."id" AS "userId", u."name", u."email", u."emailVerifiedAt", u."username", u."role", u."disabled", u."createdAt"`;
const newRefreshToken = (): string => randomBytes(32).toString('base64url');
const INSERT_TOKEN = 'INSERT INTO "refresh_tokens" ("tokenHash", "sessionId", "createdAt") VALUES (?, ?, ?)';
const SPEND_TOKEN = 'UPDATE "refresh_tokens" SET "spentAt" = ? WHERE "tokenHash" = ? AND "spentAt" IS NULL';
/** bcrypt reads 72 bytes: it is given a digest of all of them. */
const passwordDigest = (password: string): string =>
  createHmac('sha384', 'portico/password/v1').update(password.normalize('NFC')).digest('base64');
/** Of a password that nobody has: an unknown address takes as long as a wrong password. */
const NO_HASH = 'v1$$2b$10$CwTycUXWue0Thq9StjUM0uJ8hZ3pVJm8H8Jq5C1yL4Wj1h3m9yN3a';

const LOG_IN = `SELECT ${USER}, u."passwordHash" FROM "users" u WHERE u."emailKey" = ?`;
const clientOf = ({ headers, socket }: IncomingMessage) => [
  headers['user-agent'] ?? null,
  socket.remoteAddress ?? null,
];

const logIn = async (request: IncomingMessage, body: Fields): Promise<Reply> => {
  allowOnly(body, ['email', 'password']);
  const email = textField(body['email'], 254).trim().normalize('NFC').toLowerCase();
  const password = textField(body['password'], 128);
  const [user] = (await store.run(LOG_IN, [email])).rows;
  const hash = user?.['passwordHash'] as string | undefined;
  const right = await bcrypt.compare(passwordDigest(password), (hash ?? NO_HASH).slice('v1$'.length));
  if (user === undefined || !right || Boolean(user['disabled']))
    throw new Refusal(401, 'invalid_credentials');
  const [sid, token, at] = [uuid(), newRefreshToken(), new Date()];
  const ends = new Date(at.getTime() + SESSION_MS);
  const userId = user['userId'];
  const no = store.dialect === 'postgres' ? false : 0;
  await store.transact(async (run) => {
    // From the user's row, so that a rival's change of the password or of the account counts.
    expectRow(
      await run(
        `INSERT INTO "sessions" ("id", "userId", "device", "address", "createdAt", "authenticatedAt", "lastUsedAt", "expiresAt",
         "version") SELECT ?, "id", ?, ?, ${times(4, TIME)}, 1 FROM "users"
         WHERE "id" = ? AND "passwordHash" = ? AND "disabled" = ? ${store.dialect === 'sqlite' ? '' : 'FOR UPDATE'}`,
        [sid, ...clientOf(request), at, at, at, ends, userId, hash, no],
      ),
    );
    await run(INSERT_TOKEN, [sha256(token), sid, at]);
    const entry =
      'INSERT INTO "audit_entries" ("id", "at", "actorId", "action", "subjectId") VALUES (?, ?, ?, ?, ?)';
    await run(entry, [uuid(), at, userId, 'user.logged_in', userId]);
  });
  return tokensReply(user, sid, token);
};

const refresh = async (request: IncomingMessage, body: Fields): Promise<Reply> => {
  allowOnly(body, ['refreshToken']);
  const spent = sha256(textField(body['refreshToken'], 200));
  const { rows } = await store.run(
    `SELECT ${USER}, s."id" AS "sid", s."version", s."expiresAt", s."endedAt", t."spentAt" FROM "refresh_tokens" t
     JOIN "sessions" s ON s."id" = t."sessionId" JOIN "users" u ON u."id" = s."userId" WHERE t."tokenHash" = ?`,
    [spent],
  );
  const [user] = rows;
  if (!isLive(user, user?.['userId'])) throw new Refusal(401, 'invalid_refresh_token');
  const [token, at, sid] = [newRefreshToken(), new Date(), user['sid'] as string];
  if (user['spentAt'] !== null) {
    await store.run('UPDATE "sessions" SET "endedAt" = ? WHERE "id" = ?', [at, sid]); // it has been copied
    throw new Refusal(401, 'invalid_refresh_token');
  }
  await store.transact(async (run) => {
    const next = `UPDATE "sessions" SET "device" = ?, "address" = ?, "lastUsedAt" = ?, "expiresAt" = ?,
      "version" = "version" + 1 WHERE "id" = ? AND "version" = ?`;
    const expiresAt = new Date(at.getTime() + SESSION_MS);
    expectRow(await run(next, [...clientOf(request), at, expiresAt, sid, user['version']]));
    expectRow(await run(SPEND_TOKEN, [at, spent]));
    await run(INSERT_TOKEN, [sha256(token), sid, at]);
  });
  return tokensReply(user, sid, token);
};

// ---- The server

type Answer = (request: IncomingMessage, search: URLSearchParams, body: Fields) => Promise<Reply>;

const ROUTES: Readonly<Record<string, Answer>> = {
  'GET /products': (_request, search) => listProducts(search),
  'GET /cart': ({ headers }) => getCart(headers.authorization),
  'POST /cart': ({ headers }, _search, body) => addToCart(headers.authorization, body),
  'POST /orders': ({ headers }, _search, body) => placeOrder(headers.authorization, body),
  'POST /auth/login': (request, _search, body) => logIn(request, body),
  'POST /auth/refresh': (request, _search, body) => refresh(request, body),
};

/** Lost races, deadlocks and unique rows that were there first: of MariaDB, and of PostgreSQL. */
const RIVALS: readonly unknown[] = [1062, 1205, 1213, '23505', '40001', '40P01'];

const isRival = (error: unknown): boolean => {
  const { errno, code } = error as { readonly errno?: number; readonly code?: string };
  return error instanceof Stale || RIVALS.includes(errno) || RIVALS.includes(code);
};

const retry = async (work: () => Promise<Reply>, attempts = 5): Promise<Reply> => {
  try {
    return await work();
  } catch (error) {
    if (attempts > 1 && isRival(error)) return retry(work, attempts - 1);
    throw error;
  }
};

const PRODUCTS = '/products/';

const answer = async (request: IncomingMessage): Promise<Reply> => {
  const { method = 'GET', url = '/' } = request;
  if (method === 'GET' && url.startsWith(PRODUCTS)) return getProduct(url.slice(PRODUCTS.length));
  const query = url.indexOf('?');
  const route = ROUTES[`${method} ${query < 0 ? url : url.slice(0, query)}`];
  if (route === undefined) throw new Refusal(404, 'not_found');
  const search = new URLSearchParams(query < 0 ? '' : url.slice(query));
  if (method === 'GET') return route(request, search, {});
  const body = await readBody(request);
  return retry(() => route(request, search, body));
};

const server = createServer((request, response) => {
  void answer(request)
    .catch((error: unknown) => problem(request, error))
    .then((reply) => {
      send(request, response, reply);
    });
});
server.keepAliveTimeout = 65_000;
server.listen(Number(PORT), '127.0.0.1');
