import { expect } from 'chai';
import { MAX_ADDRESSES } from '#src/contexts/customers/domain/limits.js';
import type { UserId } from '#src/kernel/ids.js';
import { anAddress } from '../support/builders/customers.js';
import { newId } from '../support/builders/ids.js';
import type { Received } from '../support/http-client.js';
import { forEachShape, type Person, type ShopUnderTest } from '../support/test-shop.js';
import {
  addAddress,
  ADDRESS,
  aProduct,
  badText,
  expectProblem,
  FULL_ADDRESS,
  NO_ID,
  profileOf,
} from './http-support.js';
import { next } from '../support/contract-tools.js';

forEachShape((_shape, open) => {
  describe('My address book over HTTP', () => {
    let shop: ShopUnderTest;
    before(async () => {
      shop = await open();
    });
    after(() => shop.close());

    const listOf = async ({ token }: Person) =>
      (await shop.get('/customers/me/addresses', { token })).body.items as {
        id: string;
        isDefault: boolean;
        city: string;
      }[];

    it('An address book takes an address and shows it at its location, in the list and in the profile', async () => {
      const ada = await shop.signUp();
      const { status, body, headers } = await addAddress(shop, ada, FULL_ADDRESS);
      expect(status).to.equal(201);
      expect(body).to.deep.equal({ ...FULL_ADDRESS, id: body.id, isDefault: true });
      expect(headers['location']).to.equal(`/customers/me/addresses/${String(body.id)}`);
      const read = await shop.get(headers['location'] ?? '', { token: ada.token });
      expect(read.body).to.deep.equal(body);
      expect(await listOf(ada)).to.deep.equal([body]);
      expect((await profileOf(shop, ada)).body.addresses).to.deep.equal([body]);
    });

    it('An address book shows null for what an address lacks', async () => {
      const { body } = await addAddress(shop, await shop.signUp());
      expect(body).to.deep.include({ name: null, line2: null, region: null, postalCode: null, phone: null });
    });

    it('An address book has one default, the one that was asked for last', async () => {
      const ada = await shop.signUp();
      const [first, second] = [await addAddress(shop, ada), await addAddress(shop, ada)];
      expect((await listOf(ada)).map(({ isDefault }) => isDefault)).to.deep.equal([true, false]);
      const path = `/customers/me/addresses/${String(second.body.id)}`;
      await shop.put(path, { token: ada.token, json: { ...ADDRESS, isDefault: true } });
      expect((await listOf(ada)).map(({ isDefault }) => isDefault)).to.deep.equal([false, true]);
      await shop.put(path, { token: ada.token, json: { ...ADDRESS, isDefault: false } });
      expect((await listOf(ada)).map(({ isDefault }) => isDefault)).to.deep.equal([false, true]);
      expect((await shop.delete(path, { token: ada.token })).status).to.equal(204);
      expect(await listOf(ada)).to.deep.equal([{ ...first.body, isDefault: true }]);
    });

    it('An address book replaces an address as a whole', async () => {
      const ada = await shop.signUp();
      const { body, headers } = await addAddress(shop, ada, FULL_ADDRESS);
      const replaced = await shop.put(headers['location'] ?? '', { token: ada.token, json: ADDRESS });
      expect(replaced.status).to.equal(200);
      const nothing = { name: null, line2: null, region: null, postalCode: null, phone: null };
      expect(replaced.body).to.deep.equal({ ...ADDRESS, ...nothing, id: body.id, isDefault: true });
    });

    it('An address book refuses what is no address, and writes nothing', async () => {
      const ada = await shop.signUp();
      const { body: before, headers } = await addAddress(shop, ada, FULL_ADDRESS);
      const fields: Readonly<Record<string, readonly unknown[]>> = {
        line1: [undefined, null, ...badText(200)],
        city: [undefined, null, ...badText(120)],
        country: [undefined, null, ...badText(2), 'ZZ', 'UK', 'I', 'IRL', ' IE', 'I1', 'ÄÖ'],
        name: badText(120),
        line2: badText(200),
        region: badText(120),
        postalCode: badText(20),
        phone: badText(40),
        isDefault: [null, 1, 'true'],
        ...{ id: [newId()], customerId: [newId()], position: [1], defaultFor: [ada.id] },
      };
      for (const [field, values] of Object.entries(fields))
        for (const value of values) {
          const json = { ...ADDRESS, [field]: value };
          expectProblem(await addAddress(shop, ada, json), 422, 'invalid_body');
          expectProblem(
            await shop.put(headers['location'] ?? '', { token: ada.token, json }),
            422,
            'invalid_body',
          );
        }
      expect(await listOf(ada)).to.deep.equal([before]);
    });

    it('An address book takes a country in any letter case and shows it in upper case', async () => {
      const ada = await shop.signUp();
      const added = await addAddress(shop, ada, { ...ADDRESS, country: 'gb' });
      expect([added.status, added.body.country]).to.deep.equal([201, 'GB']);
      const json = { ...ADDRESS, country: 'Ie' };
      const path = added.headers['location'] ?? '';
      expect((await shop.put(path, { token: ada.token, json })).body.country).to.equal('IE');
    });

    it('An address book says which country was meant when the code is none', async () => {
      const ada = await shop.signUp();
      const detailOf = async (country: string): Promise<unknown> => {
        const { body } = await addAddress(shop, ada, { ...ADDRESS, country });
        return body.errors[0].detail;
      };
      const must = 'The country must be a country code of ISO 3166-1';
      expect(await detailOf('Ireland')).to.equal(`${must}: IE for Ireland.`);
      expect(await detailOf('UK')).to.match(/: GB for United Kingdom/);
      expect(await detailOf('ZZ')).to.equal(`${must}, two letters such as GB.`);
    });

    it('An address book shows an address whose country was stored before countries were checked, and orders go there', async () => {
      const ada = await shop.signUp();
      await shop.get('/customers/me', { token: ada.token }); // the profile
      const { transact } = shop.storeOf('customers');
      const old = anAddress({ country: 'ZZ', isDefault: true });
      await transact(async ({ customers }) => {
        const customer = (await customers.find(ada.id as UserId)) ?? expect.fail('no profile');
        await customers.update(next({ ...customer, addresses: [old] }), customer);
      });
      const { position: _position, ...shown } = old;
      expect(await listOf(ada)).to.deep.equal([shown]);
      await shop.post('/cart', { token: ada.token, json: { productId: await aProduct(shop, 1) } });
      const placed = await shop.post('/orders', { token: ada.token, json: {} });
      expect([placed.status, placed.body.shippingAddress.country]).to.deep.equal([201, 'ZZ']);
      const read = await shop.get(`/orders/${String(placed.body.id)}`, { token: ada.token });
      expect(read.body).to.deep.equal(placed.body);
    });

    it('An address book has no address of another customer, nor one whose id is no UUID', async () => {
      const [ada, eve] = [await shop.signUp(), await shop.signUp()];
      const { body } = await addAddress(shop, ada);
      await addAddress(shop, eve);
      const token = eve.token;
      for (const [id, code] of [
        [body.id as string, 'address_not_found'],
        [newId(), 'address_not_found'],
        ...NO_ID.map((id) => [id, 'not_found'] as const),
      ] as const) {
        const path = `/customers/me/addresses/${id}`;
        expectProblem(await shop.get(path, { token }), 404, code);
        expectProblem(await shop.put(path, { token, json: ADDRESS }), 404, code);
        expectProblem(await shop.delete(path, { token }), 404, code);
      }
      expect(await listOf(ada)).to.deep.equal([body]);
    });

    it('An address book is read page by page, while addresses come and go', async () => {
      const ada = await shop.signUp();
      const added: string[] = [];
      for (let i = 0; i < 5; i += 1) added.push((await addAddress(shop, ada)).body.id as string);
      const read = (path: string): Promise<Received> => shop.get(path, { token: ada.token });
      const first = await read('/customers/me/addresses?limit=2');
      expect(first.headers['link']).to.match(
        /^<\/customers\/me\/addresses\?limit=2&after=[\w-]+>; rel="next"$/,
      );
      await shop.delete(`/customers/me/addresses/${added[1] ?? ''}`, { token: ada.token });
      const second = await read(`/customers/me/addresses?limit=2&after=${String(first.body.nextCursor)}`);
      const third = await read(`/customers/me/addresses?limit=2&after=${String(second.body.nextCursor)}`);
      const pages = [first, second, third].map(({ body }) =>
        (body.items as { id: string }[]).map(({ id }) => id),
      );
      expect(pages).to.deep.equal([added.slice(0, 2), added.slice(2, 4), added.slice(4)]);
      expect(third.body.nextCursor).to.equal(null);
      expect(third.headers).not.to.have.property('link');
    });

    it('An address book is full at some point', async () => {
      const ada = await shop.signUp();
      for (let i = 0; i < MAX_ADDRESSES; i += 1) expect((await addAddress(shop, ada)).status).to.equal(201);
      const full = await addAddress(shop, ada);
      expectProblem(full, 409, 'address_book_full');
      expect(full.body.limit).to.equal(MAX_ADDRESSES);
    });

    it('An address book loses none of several addresses that are added at once', async () => {
      const ada = await shop.signUp();
      const cities = ['Athy', 'Bray', 'Cork', 'Dingle', 'Ennis'];
      await Promise.all(cities.map((city) => addAddress(shop, ada, { ...ADDRESS, city, isDefault: true })));
      const all = await listOf(ada);
      expect(all.map(({ city }) => city)).to.have.members(cities);
      expect(all.filter(({ isDefault }) => isDefault)).to.have.length(1);
    });
  });
});
