import type { SqlScope } from '#src/platform/database/scope.js';
import { readShop } from './snapshot.js';

/** What a customer knows of one of their orders; the latest response counts. */
export interface KnownOrder {
  readonly id: string;
  readonly status: string;
}

/** All that the clients know: orders, and the stock of each product before they were placed. */
export interface Knowledge {
  readonly orders: ReadonlyMap<string, KnownOrder>;
  readonly stock: ReadonlyMap<string, number>;
}

/** Where the tables disagree with what people have been told: a sentence for each place. */
export const unlikeWhatPeopleKnow = async (
  scope: SqlScope,
  { orders: known, stock }: Knowledge,
): Promise<readonly string[]> => {
  const { orders, orderLines, stock: left } = await readShop(scope);
  const statuses = new Map(orders.map(({ id, status }) => [id, status]));
  const sold = (product: string): number =>
    orderLines
      .filter(({ orderId, productId }) => productId === product && known.get(orderId)?.status !== 'cancelled')
      .reduce((sum, { quantity }) => sum + quantity, 0);
  const there = new Map(left.map(({ productId, quantity }) => [productId, quantity]));
  return [
    ...[...known.values()]
      .filter(({ id, status }) => statuses.get(id) !== status)
      .map(({ id, status }) => `order ${id} is ${String(statuses.get(id))}, not ${status}`),
    ...[...statuses.keys()].filter((id) => !known.has(id)).map((id) => `nobody knows of order ${id}`),
    ...[...stock]
      .filter(([id, quantity]) => there.get(id) !== quantity - sold(id))
      .map(
        ([id, quantity]) =>
          `product ${id}: ${String(there.get(id))} left, ${String(quantity - sold(id))} by what people know`,
      ),
  ];
};

/** The acknowledged imports, with their numbers of rows, that have not finished with all of them. */
export const unlikeFiles = async (
  scope: SqlScope,
  imports: ReadonlyMap<string, number>,
): Promise<readonly string[]> => {
  const found = new Map((await readShop(scope)).imports.map((each) => [each.id, each]));
  return [...imports].flatMap(([id, rows]) => {
    const there = found.get(id);
    return there?.status === 'finished' && there.rows === rows
      ? []
      : [`import ${id} of ${String(rows)} rows is ${String(there?.status)}, with ${String(there?.rows)}`];
  });
};
