// Bundled with the client and run in Chromium: the client as a page uses it.
import { createClient, unwrap, webStorageTokens } from '@portico/client';

const another = () =>
  createClient({
    baseUrl: new URLSearchParams(location.search).get('shop') ?? '',
    tokens: webStorageTokens(localStorage),
    retry: { baseDelay: 1 },
  });
const shop = another();

const expireAccessToken = (): void => {
  const stored = JSON.parse(localStorage.getItem('portico') ?? '{}') as object;
  localStorage.setItem('portico', JSON.stringify({ ...stored, accessToken: 'expired' }));
};

const page = {
  another,
  expireAccessToken,
  signUp: async (email: string) =>
    unwrap(await shop.signUp({ name: 'Ann', email, password: 'a long enough password' })).user.email,
  cart: async (client = shop) => (await client.GET('/cart')).response.status,
  order: async () => {
    const { items } = unwrap(await shop.GET('/products', { params: { query: { inStock: true } } }));
    unwrap(await shop.POST('/cart', { body: { productId: items[0]?.id ?? '' } }));
    const { response } = await shop.POST('/orders');
    return [response.status, response.headers.get('Idempotent-Replayed')];
  },
  orders: async () => {
    const ids: string[] = [];
    for await (const { id } of shop.paginate('/orders/mine', { params: { query: { limit: 1 } } }))
      ids.push(id);
    return ids.length;
  },
};

export type ClientPage = typeof page;
Object.assign(globalThis, { page });
