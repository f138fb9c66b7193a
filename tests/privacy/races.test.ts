import { expect } from 'chai';
import { onEverySqlDatabase } from '../support/databases.js';
import type { Received } from '../support/http-client.js';
import { aProduct, stockOf } from '../support/shopping.js';
import type { Person } from '../support/test-shop.js';
import { watchedShop, type WatchedShop } from '../security/watched-shop.js';
import { traces } from './found.js';

/** Where an erased person's id may stand, as a pseudonym. */
const MAY_REMAIN = ['audit_entries', 'bulk_cancellations', 'orders', 'outbox_events'];
const STOCK = 500;

const surnames = ['Abernathy', 'Bellweather', 'Cottonmouth', 'Dandridge', 'Eglantine', 'Fotheringay'];

onEverySqlDatabase('A customer who is erased while they are busy', (name) => {
  let shop: WatchedShop;
  before(async () => {
    shop = await watchedShop(name);
  });
  after(() => shop.close());

  /** An export breaks off when its person is erased before its end. */
  const exported = (token: string): Promise<Received> =>
    shop.get('/customers/me/export', { token }).catch((error: unknown) => {
      expect(String(error)).to.include('terminated');
      return { status: 200, headers: {}, body: undefined };
    });

  /** Everything that writes personal data, by the person and by an attacker who knows their password. */
  const busy = (person: Person, word: string, productId: string): readonly (() => Promise<Received>)[] => {
    const { token, email, password, refreshToken } = person;
    const address = { name: word, line1: `1 ${word} Road`, city: word, country: 'IE' };
    const once = (path: string, json: object) =>
      shop.post(path, { token, json, headers: { 'Idempotency-Key': `${word}-${path}` } });
    const device = { 'User-Agent': word };
    return [
      () => once('/orders', { shippingAddress: address }),
      () => once('/customers/me/addresses', address),
      () => once('/cart', { productId, quantity: 1 }),
      () => shop.patch('/customers/me', { token, json: { name: `${word} again`, phone: word } }),
      () => shop.post('/auth/login', { json: { email, password }, headers: device }),
      () => shop.post('/auth/login', { json: { email, password: 'a wrong password' }, headers: device }),
      () => shop.post('/auth/refresh', { json: { refreshToken }, headers: device }),
      () => shop.patch('/auth/me', { token, json: { username: word } }),
      () => shop.post('/auth/password-reset', { json: { email } }),
      () => exported(token),
      () => exported(token),
    ];
  };

  it('A customer who is erased while they are busy leaves no row behind but orders, events and entries under a pseudonym', async () => {
    const productId = await aProduct(shop, { quantity: STOCK });
    const people = await Promise.all(
      surnames.map(async (word) => {
        const person = await shop.signUp({ name: word, email: `${word}@customers.test` });
        // Every other one has no cart before the race.
        if (surnames.indexOf(word) % 2 === 0)
          await shop.post('/cart', { token: person.token, json: { productId, quantity: 2 } });
        return { ...person, word };
      }),
    );
    const answers = await Promise.all(
      people.map(async (person, index) => {
        const acts = busy(person, person.word, productId);
        const erase = () => shop.delete('/customers/me', { token: person.token });
        // Of each person it comes at another place of the queue.
        const place = index % acts.length;
        const earlier = acts.slice(0, place).map((act) => act());
        const erasure = erase();
        const later = acts.slice(place).map((act) => act());
        return { erased: await erasure, others: await Promise.all([...earlier, ...later]) };
      }),
    );
    for (const { erased, others } of answers) {
      expect(erased.status, JSON.stringify(erased.body)).to.equal(204);
      for (const { status, body } of others) expect(status, JSON.stringify(body)).to.be.below(500);
    }
    await shop.settle();
    const rows = await shop.rows();
    for (const { id, email, word } of people) {
      const tables = traces(rows, [id]).map((trace) => trace.split('.')[0]);
      expect(MAY_REMAIN, word).to.include.members(tables);
      expect(traces(rows, [word, email])).to.deep.equal([]);
    }
    const orders = rows['orders'] as readonly { status: string; shippingAddress: unknown }[];
    for (const order of orders) expect(order).to.include({ status: 'cancelled', shippingAddress: null });
    const sessions = new Set((rows['sessions'] as readonly { id: string }[]).map(({ id }) => id));
    for (const { sessionId } of rows['refresh_tokens'] as readonly { sessionId: string }[])
      expect([...sessions]).to.include(sessionId);
    expect(await stockOf(shop, productId)).to.include({ quantity: STOCK, sum: STOCK });
  });
});
