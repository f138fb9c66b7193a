import { expect } from 'chai';
import { createClient, isApiError, memoryTokens, unwrap, ApiError } from '../src/index.js';
import type { ClientOptions, PorticoClient, Tokens, TokenStore } from '../src/index.js';
import { testShop, type ShopUnderTest } from '../../../tests/support/test-shop.js';

/** What a client has sent, as it went out. */
interface Sent {
  readonly call: string;
  readonly key: string | null;
  readonly token: string | null;
}

/** Stands between a client and the shop; returns a response in place of the shop's, or undefined to leave it. */
type Fault = (response: Response, request: Request) => Response | undefined | Promise<Response | undefined>;

describe('The TypeScript client', () => {
  let shop: ShopUnderTest;
  before(async () => (shop = await testShop({ environment: { DEMO_DATA: 'true' } })));
  after(() => shop.close());

  let sent: Sent[];
  let faults: Fault[];
  let tokens: TokenStore;
  let client: PorticoClient;
  let people = 0;
  const ann = () => ({
    name: 'Ann',
    email: `ann-${String((people += 1))}@client.test`,
    password: 'a long enough password',
  });

  /** A fetch that notes what goes out, and applies the next fault to what comes back. */
  const faultyFetch = async (request: Request): Promise<Response> => {
    sent.push({
      call: `${request.method} ${new URL(request.url).pathname}`,
      key: request.headers.get('Idempotency-Key'),
      token: request.headers.get('Authorization'),
    });
    const response = await fetch(request);
    return (await faults.shift()?.(response, request)) ?? response;
  };
  const lost: Fault = () => {
    throw new TypeError('fetch failed');
  };
  const away =
    (status: number, headers: Readonly<Record<string, string>> = {}): Fault =>
    () =>
      new Response('<h1>away</h1>', { status, headers });
  const fine: Fault = () => undefined;

  const clientWith = (options: Partial<ClientOptions> = {}): PorticoClient =>
    createClient({
      baseUrl: shop.shop.url,
      tokens,
      fetch: faultyFetch,
      retry: { baseDelay: 1 },
      ...options,
    });
  beforeEach(() => {
    [sent, faults, tokens] = [[], [], memoryTokens()];
    client = clientWith();
  });

  const calls = (): readonly string[] => sent.map(({ call }) => call);
  const stored = async (): Promise<Tokens> => {
    const found = await tokens.get();
    return found ?? expect.fail('nobody is logged in');
  };
  /** Signs up, with an access token that the shop does not accept any more. */
  const signUpThenExpire = async (): Promise<Tokens> => {
    unwrap(await client.signUp(ann()));
    const expired = { ...(await stored()), accessToken: 'expired' };
    await tokens.set(expired);
    sent = [];
    return expired;
  };
  const fillCart = async (): Promise<void> => {
    const { items } = unwrap(
      await client.GET('/products', { params: { query: { inStock: true, limit: 1 } } }),
    );
    unwrap(await client.POST('/cart', { body: { productId: items[0]?.id ?? '' } }));
    sent = [];
  };
  const ordersOfShop = async (): Promise<number> => unwrap(await client.GET('/orders/mine')).items.length;

  describe('with a log-in', () => {
    it('The TypeScript client sends the token of a sign-up and of a log-in, where one is required', async () => {
      const person = ann();
      unwrap(await client.signUp(person));
      expect(unwrap(await client.GET('/auth/me')).email).to.equal(person.email);
      unwrap(await client.logOut());
      const { email, password } = person;
      const { user } = unwrap(await client.logIn({ email, password }));
      expect((await stored()).userId).to.equal(user.id);
      await client.GET('/products');
      expect(sent.at(-1)?.token, 'responses without a token are cached').to.equal(null);
    });

    it('The TypeScript client keeps no tokens after a log-in that failed', async () => {
      const { error } = await client.logIn({ login: 'nobody', password: 'a wrong password' });
      expect(error?.code).to.equal('invalid_credentials');
      expect(await tokens.get()).to.equal(null);
    });

    it('The TypeScript client forgets the tokens at a log-out, also when the shop is away', async () => {
      unwrap(await client.signUp(ann()));
      faults = Array.from({ length: 5 }, () => lost);
      await client.logOut().then(
        () => expect.fail('the shop was away'),
        (error: unknown) => expect(error).to.be.instanceOf(TypeError),
      );
      expect(await tokens.get()).to.equal(null);
    });

    it('The TypeScript client leaves an Authorization of the caller alone', async () => {
      unwrap(await client.signUp(ann()));
      const withKey = clientWith({ headers: { Authorization: `Bearer ${shop.adminToken}` } });
      expect(unwrap(await withKey.GET('/auth/me')).role).to.equal('admin');
    });
  });

  describe('when the access token has expired', () => {
    it('The TypeScript client refreshes it and sends the request again', async () => {
      const { accessToken, refreshToken } = await signUpThenExpire();
      expect(unwrap(await client.GET('/cart')).items).to.deep.equal([]);
      expect(calls()).to.deep.equal(['GET /cart', 'POST /auth/refresh', 'GET /cart']);
      expect(await stored())
        .to.not.include({ accessToken })
        .and.to.not.include({ refreshToken });
    });

    it('The TypeScript client refreshes it once for requests that were sent at the same time', async () => {
      await signUpThenExpire();
      const responses = await Promise.all(Array.from({ length: 8 }, () => client.GET('/auth/me')));
      expect(responses.map(({ response }) => response.status)).to.deep.equal(Array(8).fill(200));
      expect(calls().filter((call) => call === 'POST /auth/refresh')).to.have.length(1);
    });

    it('The TypeScript client refreshes it once for a request whose 401 comes after the refresh', async () => {
      await signUpThenExpire();
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      faults = [async (response) => (await held, response)];
      const late = client.GET('/auth/me');
      unwrap(await client.GET('/cart'));
      release();
      unwrap(await late);
      expect(calls().filter((call) => call === 'POST /auth/refresh')).to.have.length(1);
    });

    it('The TypeScript client repeats a refresh whose response was lost', async () => {
      await signUpThenExpire();
      faults = [fine, lost];
      unwrap(await client.GET('/cart'));
      expect(calls()).to.deep.equal(['GET /cart', 'POST /auth/refresh', 'POST /auth/refresh', 'GET /cart']);
    });

    it('The TypeScript client is logged out when the session is over, and returns the 401', async () => {
      await signUpThenExpire();
      await tokens.set({ ...(await stored()), refreshToken: 'revoked' });
      const { error } = await client.GET('/cart');
      expect(error?.code).to.equal('invalid_token');
      expect(await tokens.get()).to.equal(null);
    });

    it('The TypeScript client stays logged in when the refresh finds the shop away, and returns why', async () => {
      const expired = await signUpThenExpire();
      const isRefresh = (request: Request): boolean => request.url.endsWith('/auth/refresh');
      const closed = clientWith({
        fetch: (request) =>
          isRefresh(request)
            ? Promise.resolve(Response.json({ code: 'shutting_down' }, { status: 503 }))
            : faultyFetch(request),
      });
      const failed = await Promise.all([closed.GET('/cart'), closed.GET('/auth/me')]);
      expect(failed.map(({ error }) => error?.code)).to.deep.equal(['shutting_down', 'shutting_down']);
      expect(await stored()).to.deep.equal(expired);
      unwrap(await client.GET('/cart'));
    });

    it('The TypeScript client stays logged out when a log-out comes before the end of a refresh', async () => {
      await signUpThenExpire();
      faults = [
        fine,
        async () => {
          await tokens.set(null);
          return undefined;
        },
      ];
      expect((await client.GET('/cart')).response.status).to.equal(401);
      expect(await tokens.get()).to.equal(null);
    });

    it('The TypeScript client does not send a request of one user as another one', async () => {
      await signUpThenExpire();
      const other = clientWith({ tokens: memoryTokens() });
      const { user, ...session } = unwrap(await other.signUp(ann()));
      faults = [
        async () => {
          await tokens.set({ userId: user.id, ...session });
          return undefined;
        },
      ];
      sent = [];
      expect((await client.POST('/orders')).error?.code).to.equal('invalid_token');
      expect(calls()).to.deep.equal(['POST /orders']);
    });
  });

  describe('when the network or the shop fails', () => {
    it('The TypeScript client places one order when the response is lost, by the same key', async () => {
      unwrap(await client.signUp(ann()));
      await fillCart();
      faults = [lost, lost];
      const { response } = await client.POST('/orders');
      expect(response.status).to.equal(201);
      expect(response.headers.get('Idempotent-Replayed')).to.equal('true');
      const keys = sent.map(({ key }) => key);
      expect(keys).to.deep.equal([keys[0], keys[0], keys[0]]);
      expect(keys[0]).to.match(/^[\da-f]{32}$/);
      expect(await ordersOfShop()).to.equal(1);
    });

    it('The TypeScript client places one order when the response breaks off in its body', async () => {
      unwrap(await client.signUp(ann()));
      await fillCart();
      faults = [
        (response) =>
          new Response(
            new ReadableStream({
              pull: (stream) => {
                stream.error(new TypeError('terminated'));
              },
            }),
            response,
          ),
      ];
      unwrap(await client.POST('/orders'));
      expect(await ordersOfShop()).to.equal(1);
    });

    it('The TypeScript client uses a new key for each order, or the one that it is given', async () => {
      unwrap(await client.signUp(ann()));
      for (const header of [undefined, undefined, { 'Idempotency-Key': 'mine' }]) {
        await fillCart();
        unwrap(await client.POST('/orders', { params: { ...(header !== undefined && { header }) } }));
      }
      expect(await ordersOfShop()).to.equal(3);
      expect(sent.at(-2)?.key).to.equal('mine');
    });

    it('The TypeScript client waits while the request with the same key is still running', async () => {
      unwrap(await client.signUp(ann()));
      await fillCart();
      faults = [() => Response.json({ code: 'request_in_progress' }, { status: 409 })];
      unwrap(await client.POST('/orders'));
      expect(calls().slice(0, 2)).to.deep.equal(['POST /orders', 'POST /orders']);
    });

    for (const status of [502, 503, 504])
      it(`The TypeScript client repeats a read after a ${String(status)}`, async () => {
        faults = [away(status, { 'Retry-After': '0' })];
        unwrap(await client.GET('/products'));
        expect(sent).to.have.length(2);
      });

    it('The TypeScript client repeats whatever was refused with 429', async () => {
      let refusals = 0;
      const limited = clientWith({
        fetch: (request) =>
          (refusals += 1) < 3
            ? Promise.resolve(new Response(null, { status: 429, headers: { 'Retry-After': '0' } }))
            : faultyFetch(request),
      });
      unwrap(await limited.signUp(ann()));
      expect(refusals).to.equal(3);
    });

    it('The TypeScript client does not repeat what could then happen twice, or fail the second time', async () => {
      unwrap(await client.signUp(ann()));
      sent = [];
      faults = [away(503)];
      expect((await client.PATCH('/auth/me', { body: { name: 'Bea' } })).response.status).to.equal(503);
      faults = [lost];
      const guarded = client.DELETE('/cart', { params: { header: { 'If-Match': '"1"' } } });
      await guarded.then(
        () => expect.fail('it was repeated'),
        (error: unknown) => expect(error).to.be.instanceOf(TypeError),
      );
      expect(sent).to.have.length(2);
    });

    it('The TypeScript client returns a refusal whose Retry-After is too late', async () => {
      faults = [away(429, { 'Retry-After': '3600' })];
      expect((await client.GET('/products')).response.status).to.equal(429);
      expect(sent).to.have.length(1);
    });

    it('The TypeScript client gives up after as many repetitions as it is allowed', async () => {
      faults = Array.from({ length: 9 }, () => lost);
      await client.GET('/products').then(
        () => expect.fail('the network was down'),
        (error: unknown) => expect(error).to.be.instanceOf(TypeError),
      );
      expect(sent).to.have.length(5);
      faults = [lost];
      sent = [];
      await clientWith({ retry: { retries: 0 } })
        .GET('/products')
        .then(
          () => expect.fail('it was repeated'),
          (error: unknown) => expect(error).to.be.instanceOf(TypeError),
        );
    });

    it('The TypeScript client stops waiting when the request is aborted', async () => {
      const aborter = new AbortController();
      faults = [
        () => {
          queueMicrotask(() => {
            aborter.abort(new Error('the shopper left'));
          });
          return new Response(null, { status: 503, headers: { 'Retry-After': '20' } });
        },
      ];
      await client.GET('/products', { signal: aborter.signal }).then(
        () => expect.fail('it was not aborted'),
        (error: unknown) => expect(error).to.have.property('message', 'the shopper left'),
      );
      expect(sent).to.have.length(1);
    });
  });

  describe('with lists', () => {
    it('The TypeScript client yields the items of all pages, with the filters on each', async () => {
      const found: string[] = [];
      const query = { sort: 'name', limit: 3, inStock: true } as const;
      for await (const { name, quantity } of client.paginate('/products', { params: { query } })) {
        expect(quantity).to.be.greaterThan(0);
        found.push(name);
      }
      expect(found).to.have.length(7);
      expect(found).to.deep.equal(found.toSorted());
      expect(sent).to.have.length(3);
    });

    it('The TypeScript client fetches no page that is not read', async () => {
      for await (const product of client.paginate('/products', { params: { query: { limit: 2 } } })) {
        expect(product.name).to.be.a('string');
        break;
      }
      expect(sent).to.have.length(1);
    });

    it('The TypeScript client throws the problem of a page', async () => {
      const list = client.paginate('/products', { params: { query: { after: 'garbage' } } });
      const error = await list.next().catch((thrown: unknown) => thrown);
      expect(isApiError(error, 'invalid_cursor')).to.equal(true);
    });
  });

  describe('with errors', () => {
    it('The TypeScript client returns the members of a problem by its code', async () => {
      unwrap(await client.signUp(ann()));
      const { items } = unwrap(await client.GET('/products', { params: { query: { sku: 'EQP-KETTLE' } } }));
      const productId = items[0]?.id ?? '';
      unwrap(await client.POST('/cart', { body: { productId, quantity: 2 } }));
      const { error } = await client.POST('/orders');
      if (error?.code !== 'out_of_stock') expect.fail(JSON.stringify(error));
      expect(error.lines).to.deep.equal([{ productId, requested: 2, available: 0 }]);
      const thrown = await client
        .POST('/orders')
        .then(unwrap)
        .catch((reason: unknown) => reason);
      if (!isApiError(thrown, 'out_of_stock')) expect.fail(String(thrown));
      expect(thrown.problem.lines).to.deep.equal(error.lines);
      expect(isApiError(thrown, 'cart_empty')).to.equal(false);
    });

    it('The TypeScript client throws an error without a problem when a proxy refuses', async () => {
      faults = [away(404)];
      const thrown = await client
        .GET('/products')
        .then(unwrap)
        .catch((reason: unknown) => reason);
      expect(thrown).to.be.instanceOf(ApiError).and.to.have.property('problem', null);
    });
  });

  it('The TypeScript client works below a path, and with a slash at the end of it', async () => {
    const below = clientWith({
      baseUrl: `${shop.shop.url}/api/`,
      fetch: (request) => {
        const url = new URL(request.url);
        expect(url.pathname).to.match(/^\/api\/\w/);
        return faultyFetch(new Request(`${url.origin}${url.pathname.slice(4)}${url.search}`, request));
      },
    });
    unwrap(await below.signUp(ann()));
    expect(sent.at(-1)?.token, 'a sign-up').to.equal(null);
    await tokens.set({ ...(await stored()), accessToken: 'expired' });
    unwrap(await below.GET('/cart'));
    await fillCart();
    unwrap(await below.POST('/orders'));
    expect(sent.at(-1)?.key).to.match(/^\w{32}$/);
  });
});
