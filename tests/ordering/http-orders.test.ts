import { expect } from 'chai';
import { ORDER_STATUSES, type OrderStatus } from '#src/contexts/ordering/domain/order.js';
import { newId } from '../support/builders/ids.js';
import type { Received } from '../support/http-client.js';
import { anOrderedShopper, aShopper, expectProblem, stockOf, type Shopper } from '../support/shopping.js';
import { expectShown, forEachShape, type ShopUnderTest } from '../support/test-shop.js';

/** The moves that lead to each status. */
const WAY: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  pending: [],
  confirmed: ['confirmed'],
  shipped: ['confirmed', 'shipped'],
  delivered: ['confirmed', 'shipped', 'delivered'],
  cancelled: ['cancelled'],
};
const idsIn = ({ body }: Received): readonly string[] => (body.items as { id: string }[]).map(({ id }) => id);

forEachShape((shape, open) => {
  describe('Orders over HTTP', () => {
    let shop: ShopUnderTest;
    let ada: Shopper;
    let orderId: string;
    let productId: string;
    before(async () => {
      shop = await open();
    });
    after(() => shop.close());
    beforeEach(async () => {
      ({ shopper: ada, orderId, productId } = await anOrderedShopper(shop));
    });

    const read = (token = ada.token): Promise<Received> => shop.get(`/orders/${orderId}`, { token });
    const move = (status: unknown, token = shop.adminToken, headers = {}): Promise<Received> =>
      shop.patch(`/orders/${orderId}`, { token, json: { status }, headers });
    const lead = async (status: OrderStatus): Promise<void> => {
      for (const step of WAY[status]) expect((await move(step)).status).to.equal(200);
    };

    describe('GET /orders/:id and GET /order/:id', () => {
      for (const path of ['/orders', '/order']) {
        it(`GET ${path}/:id serves its owner and administrators only`, async () => {
          const other = await aShopper(shop);
          const get = (token?: string) => shop.get(`${path}/${orderId}`, { ...(token && { token }) });
          expect((await get(ada.token)).body.userId).to.equal(ada.id);
          expect((await get(shop.adminToken)).body.id).to.equal(orderId);
          expectProblem(await get(other.token), 404, 'order_not_found');
          expectProblem(await get(), 401, 'unauthenticated');
          expectProblem(await get(`${ada.token}x`), 401, 'invalid_token');
        });

        it(`GET ${path}/:id returns 404 for a missing order`, async () => {
          expectProblem(await shop.get(`${path}/${newId()}`, { token: ada.token }), 404, 'order_not_found');
          for (const id of ['1', `${orderId}0`, 'mine%20', '%00'])
            expectProblem(await shop.get(`${path}/${id}`, { token: ada.token }), 404, 'not_found');
        });
      }

      it('GET /orders/:id shows an administrator who the customer is, and nobody else', async () => {
        const { customer } = (await read(shop.adminToken)).body;
        expect(customer).to.deep.equal({ name: 'Ada', email: ada.email });
        expect((await read()).body).not.to.have.property('customer');
        expect((await ada.orders()).body.items).to.have.nested.property('0.number');
        expect((await ada.orders()).body.items).not.to.have.nested.property('0.customer');
      });

      it('GET /orders/:id shows an administrator the new name of the customer, with another ETag that still matches a change', async () => {
        const first = await read(shop.adminToken);
        await shop.patch('/auth/me', { token: ada.token, json: { name: 'Ada King' } });
        const headers = { 'If-None-Match': first.headers['etag'] ?? '' };
        const second = await shop.get(`/orders/${orderId}`, { token: shop.adminToken, headers });
        expect([second.status, second.body.customer?.name]).to.deep.equal([200, 'Ada King']);
        const ifMatch = { 'If-Match': first.headers['etag'] ?? '' };
        expect((await move('confirmed', shop.adminToken, ifMatch)).status).to.equal(200);
        expectProblem(await move('shipped', shop.adminToken, ifMatch), 412, 'precondition_failed');
      });

      it('GET /orders/:id returns 304 until the order changes', async () => {
        const again = () =>
          shop.get(`/orders/${orderId}`, { token: ada.token, headers: { 'If-None-Match': 'W/"1"' } });
        expect((await again()).status).to.equal(304);
        await move('confirmed');
        const changed = await again();
        expect([changed.status, changed.headers['etag']]).to.deep.equal([200, '"2"']);
      });
    });

    describe('GET /orders/mine', () => {
      it('GET /orders/mine returns the caller’s own orders only, also to an administrator', async () => {
        await anOrderedShopper(shop);
        expect(idsIn(await ada.orders())).to.deep.equal([orderId]);
        expect((await ada.orders()).body).to.deep.equal({ items: [(await read()).body], nextCursor: null });
        expect(idsIn(await shop.get('/orders/mine', { token: shop.adminToken }))).to.deep.equal([]);
      });

      it('GET /orders/mine is read page by page, the latest first', async () => {
        const placed = [orderId];
        for (let n = 0; n < 4; n += 1) {
          await ada.put(productId);
          placed.unshift((await ada.order()).body.id as string);
        }
        const walked: string[] = [];
        let path: string | undefined = '/orders/mine?limit=2';
        for (let pages = 0; path !== undefined && pages < 9; pages += 1) {
          const page: Received = await shop.get(path, { token: ada.token });
          walked.push(...idsIn(page));
          path = /^<(.+)>; rel="next"$/.exec(page.headers['link'] ?? '')?.[1];
          expect(page.body.nextCursor === null).to.equal(path === undefined);
        }
        expect(walked).to.deep.equal(placed);
      });

      it('GET /orders/mine refuses invalid cursors, limits and parameters', async () => {
        const { nextCursor } = (await shop.get('/orders?limit=1', { token: shop.adminToken })).body as {
          nextCursor: string;
        };
        for (const after of ['', 'garbage', '%F0%9F%A7%B5', nextCursor])
          expect((await shop.get(`/orders/mine?after=${after}`, { token: ada.token })).status).to.equal(400);
        for (const query of ['limit=0', 'limit=101', 'limit=x', 'limit=1.5', 'customerId=' + ada.id])
          expectProblem(await shop.get(`/orders/mine?${query}`, { token: ada.token }), 400, 'invalid_query');
        expectProblem(await shop.get('/orders/mine'), 401, 'unauthenticated');
      });
    });

    describe('GET /orders', () => {
      const list = (query: string, token = shop.adminToken) => shop.get(`/orders?${query}`, { token });

      it('GET /orders serves administrators only', async () => {
        expectProblem(await list('', ada.token), 403, 'forbidden');
        expectProblem(await shop.get('/orders'), 401, 'unauthenticated');
      });

      it('GET /orders finds an order by its number, the e-mail address of its customer and a SKU, and shows the customer', async () => {
        const number = (await read()).body.number as string;
        const other = await anOrderedShopper(shop);
        const token = shop.adminToken;
        const sku = `pot-${newId()}`;
        await shop.patch(`/products/${productId}`, { token, json: { sku } });
        await ada.put(productId);
        const second = (await ada.order()).body.id as string;
        const found = async (query: Readonly<Record<string, string>>): Promise<readonly string[]> =>
          idsIn(await list(new URLSearchParams(query).toString()));
        const written = number.replace('-', ' ').toLowerCase();
        for (const each of [number, written]) expect(await found({ number: each })).to.deep.equal([orderId]);
        for (const email of [ada.email, ` ${ada.email.toUpperCase()} `])
          expect(await found({ email })).to.deep.equal([second, orderId]);
        expect(await found({ sku: sku.toUpperCase() })).to.deep.equal([second]);
        expect(await found({ email: ada.email, number, customerId: ada.id })).to.deep.equal([orderId]);
        for (const none of [
          { number, email: other.shopper.email },
          { number, sku },
          { email: ada.email, customerId: other.shopper.id },
          { email: 'nobody@customers.test' },
          { sku: `${sku}x` },
        ])
          expect(await found(none)).to.deep.equal([]);
        const { items } = (await list(`email=${encodeURIComponent(ada.email)}`)).body as {
          items: readonly object[];
        };
        for (const item of items)
          expect(item).to.have.deep.property('customer', { name: 'Ada', email: ada.email });
      });

      it('GET /orders names no customer who is erased, and finds no order by their address', async () => {
        expect((await shop.delete('/customers/me', { token: ada.token })).status).to.equal(204);
        expect((await read(shop.adminToken)).body.customer).to.equal(null);
        const { items } = (await list(`customerId=${ada.id}`)).body as { items: readonly object[] };
        expect(items.map((item) => Reflect.get(item, 'customer') as unknown)).to.deep.equal([null]);
        expect(idsIn(await list(`email=${encodeURIComponent(ada.email)}`))).to.deep.equal([]);
      });

      it('GET /orders refuses numbers and e-mail addresses that are none', async () => {
        for (const query of ['number=1', 'number=UUUU-UUUU', 'number=', 'email=ada', 'email=', 'sku='])
          expectProblem(await list(query), 400, 'invalid_query');
      });

      it('GET /orders returns those of a customer, of a status, of a time, and of all of these', async () => {
        const createdAt = (await read()).body.createdAt as string;
        const next = new Date(Date.parse(createdAt) + 1).toISOString();
        await move('confirmed');
        const mine = `customerId=${ada.id}`;
        const hits = [
          mine,
          `${mine}&status=confirmed`,
          `${mine}&from=${createdAt}&to=${next}`,
          `${mine}&from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z`,
        ];
        for (const query of hits) expect(idsIn(await list(query)), query).to.deep.equal([orderId]);
        const misses = [
          `${mine}&status=pending`,
          `${mine}&to=${createdAt}`,
          `${mine}&from=${next}`,
          `customerId=${newId()}`,
        ];
        for (const query of misses) expect(idsIn(await list(query)), query).to.deep.equal([]);
        expect(idsIn(await list('status=confirmed'))).to.include(orderId);
        expect(idsIn(await list(`from=${createdAt}`))).to.include(orderId);
      });

      it('GET /orders keeps its filters in the link to the next page, whose cursor is of no use under others', async () => {
        await anOrderedShopper(shop);
        const first = await list('status=pending&limit=1');
        const link = /^<(.+)>; rel="next"$/.exec(first.headers['link'] ?? '')?.[1] ?? '';
        expect(link).to.include('status=pending');
        const second = await shop.get(link, { token: shop.adminToken });
        expect(idsIn(second)[0]).to.be.a('string').and.not.equal(idsIn(first)[0]);
        const after = first.body.nextCursor as string;
        expectProblem(await list(`status=shipped&limit=1&after=${after}`), 400, 'invalid_cursor');
      });

      for (const query of [
        'status=open',
        'status=',
        'customerId=7',
        'from=yesterday',
        'to=2026-02-30T00:00:00Z',
        'userId=1',
      ]) {
        it(`GET /orders refuses ?${query}`, async () => {
          expectProblem(await list(query), 400, 'invalid_query');
        });
      }
    });

    describe('PATCH /orders/:id', () => {
      for (const [from, allowed] of Object.entries({
        pending: ['confirmed', 'cancelled'],
        confirmed: ['shipped', 'cancelled'],
        shipped: ['delivered'],
        delivered: [],
        cancelled: [],
      }) as [OrderStatus, OrderStatus[]][]) {
        it(`PATCH /orders/:id lets administrators move an order that is ${from} to ${allowed.join(' or ') || 'nothing else'}`, async () => {
          await lead(from);
          const before = (await read()).body as { status: string };
          for (const to of ORDER_STATUSES.filter((status) => status !== from && !allowed.includes(status))) {
            const refused = await move(to);
            expectProblem(refused, 409, 'illegal_transition');
            expect(refused.body).to.deep.include({ from, to, allowed });
          }
          const same = await move(from);
          expect([same.status, same.body]).to.deep.equal([200, before]);
          for (const to of allowed.slice(0, 1)) {
            const moved = await move(to);
            expect([moved.status, moved.body.status]).to.deep.equal([200, to]);
            const seen = await read();
            expect(seen.body).to.deep.equal(moved.body);
            expect(seen.headers['etag']).to.equal(moved.headers['etag']);
          }
        });
      }

      for (const from of ['pending', 'confirmed'] as const) {
        it(`PATCH /orders/:id gives the stock back, once, when an order that is ${from} is cancelled`, async () => {
          await lead(from);
          expect(await stockOf(shop, productId)).to.include({ quantity: 4, sum: 4 });
          for (let times = 0; times < 3; times += 1) expect((await move('cancelled')).status).to.equal(200);
          const stock = async () => {
            const { quantity, sum } = await stockOf(shop, productId);
            return { quantity, sum };
          };
          await expectShown(shape, stock, { quantity: 5, sum: 5 });
          const { movements } = await stockOf(shop, productId);
          expect(movements[0]).to.include({ reason: 'cancellation', delta: 1, orderId });
        });
      }

      it('PATCH /orders/:id gives back the stock of a product that has left the shop', async () => {
        await shop.delete(`/products/${productId}`, { token: shop.adminToken });
        expect((await ada.cancel(orderId)).body.status).to.equal('cancelled');
      });

      it('PATCH /orders/:id lets the owner cancel while it is pending, and nothing else', async () => {
        for (const status of ['confirmed', 'shipped', 'delivered', 'pending'])
          expectProblem(await move(status, ada.token), 403, 'only_cancelling_allowed');
        expect((await read()).body.status).to.equal('pending');
        expect((await ada.cancel(orderId)).body.status).to.equal('cancelled');
        expect((await ada.cancel(orderId)).status).to.equal(200);
      });

      for (const status of ['confirmed', 'shipped', 'delivered'] as const) {
        it(`PATCH /orders/:id does not let the owner cancel once it is ${status}`, async () => {
          await lead(status);
          const refused = await ada.cancel(orderId);
          expectProblem(refused, 409, 'illegal_transition');
          expect(refused.body.allowed).to.deep.equal([]);
          expect((await read()).body.status).to.equal(status);
        });
      }

      it('PATCH /orders/:id returns 404 to other customers', async () => {
        const other = await aShopper(shop);
        for (const status of ['cancelled', 'confirmed'])
          expectProblem(await move(status, other.token), 404, 'order_not_found');
        expectProblem(await other.cancel(newId()), 404, 'order_not_found');
        expectProblem(await other.cancel('mine'), 405, 'method_not_allowed');
        expectProblem(
          await shop.patch(`/orders/${orderId}`, { json: { status: 'cancelled' } }),
          401,
          'unauthenticated',
        );
        expect((await read()).body.status).to.equal('pending');
      });

      it('PATCH /orders/:id is guarded by If-Match', async () => {
        const stale = (await read()).headers['etag'] ?? '';
        await move('confirmed');
        for (const status of ['cancelled', 'shipped', 'confirmed'])
          for (const tag of [stale, `W/${stale}`, '"02"', '"x"'])
            expectProblem(
              await move(status, shop.adminToken, { 'If-Match': tag }),
              412,
              'precondition_failed',
            );
        expect((await read()).body.status).to.equal('confirmed');
        expect((await move('shipped', shop.adminToken, { 'If-Match': '"1", "2"' })).status).to.equal(200);
      });

      it('PATCH /orders/:id refuses unknown statuses and other fields', async () => {
        for (const json of [
          {},
          { status: 'open' },
          { status: null },
          { status: 'confirmed', totalPrice: 0 },
        ]) {
          const refused = await shop.patch(`/orders/${orderId}`, { token: shop.adminToken, json });
          expectProblem(refused, 422, 'invalid_body');
        }
        expectProblem(
          await shop.patch(`/orders/${orderId}`, { token: shop.adminToken }),
          400,
          'malformed_json',
        );
        expect((await read()).body.status).to.equal('pending');
      });
    });
  });
});
