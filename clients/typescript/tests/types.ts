// Compiled, never run: what the types of the client promise to those who use it under `strict`.
import { isApiError, unwrap, type ItemOf, type PorticoClient, type Problem } from '@portico/client';

export const placing = async (shop: PorticoClient): Promise<string> => {
  const { data, error } = await shop.POST('/orders');
  if (error === undefined) return data.orderId;
  if (error.code === 'out_of_stock') return error.lines.map(({ available }) => String(available)).join();
  if (error.code === 'total_changed') return String(error.totalPrice);
  // @ts-expect-error -- a cart that is empty has no lines
  if (error.code === 'cart_empty') throw new Error(String(error.lines));
  // @ts-expect-error -- no response of this operation has this code
  return error.code === 'category_exists' ? '' : error.detail;
};

export const thrown = (error: unknown): number | undefined => {
  // @ts-expect-error -- no problem has this code
  isApiError(error, 'no_such_code');
  if (isApiError(error, 'total_changed')) return error.problem.totalPrice;
  return isApiError(error, 'out_of_stock') ? error.problem.lines[0]?.available : undefined;
};

export const title = (problem: Problem): string =>
  problem.code === 'illegal_transition' ? problem.allowed.join() : problem.title;

export const names = async (shop: PorticoClient): Promise<readonly string[]> => {
  const found: string[] = [];
  for await (const product of shop.paginate('/products', { params: { query: { sort: '-price' } } }))
    found.push(product.name);
  // @ts-expect-error -- the list has no such sort
  shop.paginate('/products', { params: { query: { sort: 'colour' } } });
  // @ts-expect-error -- this path returns no list
  shop.paginate('/cart');
  return found;
};

export const total = (order: ItemOf<'/orders/mine'>): number => order.totalPrice;

export const added = async (shop: PorticoClient, productId: string): Promise<number> => {
  // @ts-expect-error -- the body needs a product
  await shop.POST('/cart', { body: { quantity: 2 } });
  // `quantity` is 1 unless given.
  return unwrap(await shop.POST('/cart', { body: { productId } })).totalPrice;
};
