import { expect } from 'chai';
import { isDeepStrictEqual } from 'node:util';
import type { Overrides } from '#src/main/container.js';
import type { ContextName } from '#src/main/contexts.js';
import type { Persistence } from '#src/main/persistence/persistence.js';
import { serviceOf } from '#src/main/services.js';
import { testShop as startTestShop, type TestShop } from '#src/main/test-shop.js';
import { eventually } from './eventually.js';
import { onEverySqlDatabase, openSqlDatabase } from './databases.js';
import { client, type HttpClient } from './http-client.js';
import { testServices, type TestServices, type TestServicesOptions } from './test-services.js';

/** A user who has signed up, or logged in. */
export interface Person {
  readonly id: string;
  readonly token: string;
  readonly refreshToken: string;
  readonly email: string;
  readonly password: string;
}

/** A listening shop, and what tests need to call it. Every response is checked against its OpenAPI document. */
export interface ShopUnderTest extends HttpClient {
  readonly shop: TestShop;
  /** The access token of an administrator. */
  readonly adminToken: string;
  /** Another one, of a log-in at this moment: some calls ask for a recent one. */
  newAdminToken(): Promise<string>;
  /** Signs a new user up; each gets an e-mail address of their own. */
  signUp(details?: {
    readonly name?: string;
    readonly email?: string;
    readonly password?: string;
  }): Promise<Person>;
  logIn(email: string, password: string): Promise<Person>;
  /** The store of the process that holds a context. */
  storeOf(context: ContextName): Persistence;
  close(): Promise<void>;
}

export interface ServicesUnderTest extends ShopUnderTest {
  readonly shop: TestServices;
}

export interface ShopOptions {
  readonly overrides?: Overrides;
  readonly environment?: Readonly<Record<string, string>>;
}

let people = 0;

const callable = async (shop: TestShop, storeOf: ShopUnderTest['storeOf']): Promise<ShopUnderTest> => {
  const http = client(shop.url, shop.http.openApi);
  const personOf = (
    body: { accessToken: string; refreshToken: string; user: { id: string; email: string } },
    password: string,
  ) => ({
    id: body.user.id,
    token: body.accessToken,
    refreshToken: body.refreshToken,
    email: body.user.email,
    password,
  });
  const logIn = async (email: string, password: string): Promise<Person> => {
    const { status, body } = await http.post('/auth/login', { json: { email, password } });
    expect(status, 'log-in').to.equal(200);
    return personOf(body, password);
  };
  const { email, password } = shop.administrator;
  const newAdminToken = async (): Promise<string> => (await logIn(email, password)).token;
  const adminToken = await newAdminToken();
  return {
    ...http,
    shop,
    storeOf,
    adminToken,
    newAdminToken,
    logIn,
    signUp: async (details = {}) => {
      people += 1;
      const person = {
        name: 'Ada',
        email: `ada-${String(people)}@customers.test`,
        password: 'a long enough password',
        ...details,
      };
      const { status, body } = await http.post('/auth/signup', { json: person });
      expect(status, 'sign-up').to.equal(201);
      return personOf(body, person.password);
    },
    close: () => shop.close(),
  };
};

export const testShop = async ({ overrides, environment }: ShopOptions = {}): Promise<ShopUnderTest> => {
  const shop = await startTestShop(overrides, environment);
  return callable(shop, () => shop.parts.persistence);
};

/** The same as five services. */
export const testServiceShop = async (options: TestServicesOptions = {}): Promise<ServicesUnderTest> => {
  const shop = await testServices(options);
  const called = await callable(shop, (context) => shop.services[serviceOf(context)].parts.persistence);
  return { ...called, shop };
};

export type OpenShop = (options?: ShopOptions) => Promise<ShopUnderTest>;

export type Shape = 'one process' | 'services';

/** Expects what one process shows at once, and services when an event has arrived: what docs/services.md lists. */
export const expectShown = async <Seen>(
  shape: Shape,
  look: () => Promise<Seen>,
  expected: Seen,
): Promise<void> => {
  if (shape === 'services')
    await eventually(async () => isDeepStrictEqual(await look(), expected), 'an event').catch(
      () => undefined,
    );
  expect(await look()).to.deep.equal(expected);
};

/** Declares the same suite for a shop of each shape, in memory: where nothing depends on the database. */
export const forEachShape = (body: (shape: Shape, open: OpenShop) => void): void => {
  describe('The shop in one process', () => {
    body('one process', testShop);
  });
  describe('The same shop as five services', () => {
    body('services', testServiceShop);
  });
};

/** Declares the same suite for a whole shop on every store (memory, SQLite, MariaDB, PostgreSQL), and for five services. */
export const forEachShop = (body: (name: string, open: OpenShop) => void): void => {
  describe('The shop on memory', () => {
    body('memory', testShop);
  });
  describe('The shop as five services', () => {
    body('services', testServiceShop);
  });
  onEverySqlDatabase('The shop', (name) => {
    body(name, async ({ environment, ...options } = {}) => {
      const database = await openSqlDatabase(name, { migrated: false });
      const shop = await testShop({
        ...options,
        environment: { DATABASE_URL: database.url, ...environment },
      });
      return {
        ...shop,
        close: async () => {
          await shop.close();
          await database.close();
        },
      };
    });
  });
};
