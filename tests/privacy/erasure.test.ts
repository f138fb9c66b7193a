import { expect } from 'chai';
import { makeKey } from '../support/api-keys.js';
import { onEverySqlDatabase } from '../support/databases.js';
import type { Rows } from '../security/watched-database.js';
import { watchedShop, type WatchedShop } from '../security/watched-shop.js';
import { finder, traces } from './found.js';
import { live, mirrorOf, OTTILIE, scatterEvents, textsOf, TRACING, type WholeLife } from './whole-life.js';

/** Whom an administrator has entered, and erases again. */
const ENTERED = { name: 'Winifred Marrowfat', email: 'W.Marrowfat@Third-Mail.Example' };

/** Tables whose only texts are ids of another table. */
const WITHOUT_ROOM = ['carts', 'stock', 'webhook_endpoint_lists'];

const tablesIn = (found: readonly string[]): readonly string[] => [
  ...new Set(found.map((trace) => trace.split('.')[0] ?? '')),
];

onEverySqlDatabase('An erased person', (name) => {
  const texts = [...textsOf(OTTILIE), ...Object.values(ENTERED)];
  const neighbour = mirrorOf(OTTILIE);
  let shop: WatchedShop;
  let ottilie: WholeLife;
  let held: Rows;
  let left: Rows;

  const orders = (rows: Rows) =>
    (rows['orders'] as readonly Readonly<Record<string, unknown>>[])
      .filter(({ customerId }) => customerId === ottilie.id)
      .map(({ id, totalMinor, currency, createdAt }) => ({ id, totalMinor, currency, createdAt }));
  const linesOf = (rows: Rows) =>
    (rows['order_lines'] as readonly { readonly orderId: string }[]).filter(({ orderId }) =>
      orders(rows).some(({ id }) => id === orderId),
    );

  before(async () => {
    shop = await watchedShop(name, TRACING);
    await live(shop, neighbour);
    ottilie = await live(shop, OTTILIE);
    const entered = await shop.post('/customers', {
      token: shop.adminToken,
      json: ENTERED,
      headers: { 'Idempotency-Key': 'entered' },
    });
    await shop.post('/categories', { token: shop.adminToken, json: { name: 'Kitchen' } });
    await makeKey(shop);
    await shop.post('/orders/cancellations', {
      token: shop.adminToken,
      json: { customerId: ottilie.id, to: '2000-01-01T00:00:00Z' },
    });
    await scatterEvents(shop);
    const token = await shop.newAdminToken();
    held = await shop.rows();
    await ottilie.call('delete', '/customers/me');
    const erased = await shop.delete(`/customers/${entered.body.id as string}`, { token });
    expect(erased.status).to.equal(204);
    await shop.settle();
    left = await shop.rows();
  });
  after(() => shop.close());

  it('An erased person had left traces in every table that can hold one', () => {
    expect(tablesIn(traces(held, texts))).to.have.members([
      ...['addresses', 'customers', 'customer_words', 'idempotency_keys', 'orders', 'sessions', 'users'],
    ]);
    expect(held['rate_counts']).to.have.length.greaterThan(5);
  });

  it('An erased person is named in no column of any table, by whichever user it was written', () => {
    expect(Object.keys(left)).to.have.members(Object.keys(held));
    expect(traces(left, texts)).to.deep.equal([]);
  });

  it('An erased person leaves no secret behind with which hashes of their addresses could be made again', () => {
    const salted = (rows: Rows) =>
      (rows['audit_salts'] as readonly { personId: string }[]).map((row) => row.personId);
    expect(salted(held)).to.include(ottilie.id);
    expect(salted(left)).not.to.include(ottilie.id);
  });

  it('An erased person leaves their neighbour as they were', () => {
    const theirs = textsOf(neighbour);
    expect(traces(left, theirs)).to.deep.equal(traces(held, theirs));
  });

  it('An erased person leaves orders with number, total and lines, none of them open', () => {
    expect(orders(left)).to.have.length(4);
    expect(orders(left)).to.have.deep.members(orders(held));
    expect(linesOf(left)).to.have.deep.members(linesOf(held));
    const stateOf = (id: string) => {
      const found = (
        left['orders'] as readonly { id: string; status: string; shippingAddress: unknown }[]
      ).find((order) => order.id === id);
      return [found?.status, found?.shippingAddress];
    };
    const { delivered, ...others } = ottilie.orders;
    expect(stateOf(delivered)).to.deep.equal(['delivered', null]);
    for (const id of Object.values(others)) expect(stateOf(id)).to.deep.equal(['cancelled', null]);
  });

  it('An erased person was never named in the log, at any level; it contains network addresses, as long as it is stored', () => {
    const lines = shop.log().split('\n');
    expect(lines.some((line) => line.includes('"method":"DELETE"') && line.includes(ottilie.id))).to.equal(
      true,
    );
    expect(finder(texts)(shop.log())).to.have.members(OTTILIE.hosts.slice(0, 2));
  });

  it('An erased person would be found in any table that there is', async () => {
    const tables = Object.keys(left);
    const roomless: string[] = [];
    for (const table of tables) if (!(await shop.plant(table, 'Ottilie'))) roomless.push(table);
    expect(roomless).to.deep.equal(WITHOUT_ROOM);
    const found = tablesIn(traces(await shop.rows(), texts));
    expect(found).to.have.members(tables.filter((table) => !WITHOUT_ROOM.includes(table)));
  });
});
