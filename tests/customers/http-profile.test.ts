import { expect } from 'chai';
import { newId } from '../support/builders/ids.js';
import type { Received } from '../support/http-client.js';
import { expectShown, forEachShape, type ShopUnderTest } from '../support/test-shop.js';
import { addAddress, badText, expectProblem, profileOf } from './http-support.js';

forEachShape((shape, open) => {
  describe('My profile over HTTP', () => {
    let shop: ShopUnderTest;
    before(async () => {
      shop = await open();
    });
    after(() => shop.close());

    it('A profile comes with the account', async () => {
      const ada = await shop.signUp({ name: 'Ada' });
      const { status, body, headers } = await profileOf(shop, ada);
      expect(status).to.equal(200);
      expect(headers['etag']).to.equal('"1"');
      expect(body).to.include({ id: ada.id, name: 'Ada', email: ada.email, phone: null });
      expect(body.addresses).to.deep.equal([]);
    });

    it('A profile shares its name with the account, whichever is changed', async () => {
      const { token } = await shop.signUp();
      const changed = await shop.patch('/customers/me', { token, json: { name: ' Grace\u0301 ' } });
      expect(changed.body.name).to.equal('Gracé');
      expect((await shop.get('/auth/me', { token })).body.name).to.equal('Gracé');
      await shop.patch('/auth/me', { token, json: { name: 'Joan' } });
      const nameOfProfile = async () => (await shop.get('/customers/me', { token })).body.name as string;
      await expectShown(shape, nameOfProfile, 'Joan');
    });

    it('A profile follows the e-mail address of the account', async () => {
      const { token, password } = await shop.signUp();
      const email = `${newId()}@moved.test`;
      const moved = await shop.patch('/auth/me', { token, json: { email, currentPassword: password } });
      expect(moved.status).to.equal(200);
      const emailOfProfile = async () => (await shop.get('/customers/me', { token })).body.email as string;
      await expectShown(shape, emailOfProfile, email);
    });

    it('A profile changes what a PATCH names, and nothing else', async () => {
      const ada = await shop.signUp();
      await addAddress(shop, ada);
      const { body: before } = await profileOf(shop, ada);
      const { status, body } = await shop.patch('/customers/me', { token: ada.token, json: { phone: '1' } });
      expect(status).to.equal(200);
      expect({ ...body, updatedAt: '' }).to.deep.equal({ ...before, phone: '1', updatedAt: '' });
      const cleared = await shop.patch('/customers/me', { token: ada.token, json: { phone: null } });
      expect(cleared.body.phone).to.equal(null);
    });

    it('A profile refuses fields that the caller may not change, and invalid names and numbers, and writes nothing', async () => {
      const ada = await shop.signUp();
      const { body: before } = await profileOf(shop, ada);
      const smuggled = {
        id: newId(),
        email: 'x@y.test',
        role: 'admin',
        addresses: [{}],
        version: 9,
        createdAt: '2001-01-01T00:00:00.000Z',
      };
      const bodies = [
        ...Object.entries(smuggled).map(([field, value]) => ({ name: 'Mallory', [field]: value })),
        ...[null, ...badText(120)].map((name) => ({ phone: '1', name })),
        ...badText(40).map((phone) => ({ name: 'Mallory', phone })),
      ];
      for (const json of bodies)
        expectProblem(await shop.patch('/customers/me', { token: ada.token, json }), 422, 'invalid_body');
      expect((await profileOf(shop, ada)).body).to.deep.equal(before);
    });

    it('A profile points at every field that is wrong', async () => {
      const { token } = await shop.signUp();
      const { body } = await shop.patch('/customers/me', {
        token,
        json: { name: '', phone: 7, role: 'admin' },
      });
      const pointers = (body.errors as { pointer: string }[]).map(({ pointer }) => pointer).sort();
      expect(pointers).to.deep.equal(['/name', '/phone', '/role']);
    });

    it('A profile is not sent again while the caller has its present version', async () => {
      const ada = await shop.signUp();
      const { headers } = await profileOf(shop, ada);
      const ifNoneMatch = { token: ada.token, headers: { 'If-None-Match': headers['etag'] ?? '' } };
      const unchanged = await shop.get('/customers/me', ifNoneMatch);
      expect(unchanged.status).to.equal(304);
      expect(unchanged.headers['etag']).to.equal(headers['etag']);
      await addAddress(shop, ada);
      expect((await shop.get('/customers/me', ifNoneMatch)).status).to.equal(200);
    });

    it('A profile changes only while If-Match names its version', async () => {
      const ada = await shop.signUp();
      const patch = (ifMatch: string, phone: string): Promise<Received> =>
        shop.patch('/customers/me', { token: ada.token, json: { phone }, headers: { 'If-Match': ifMatch } });
      const first = await patch('"1"', 'first');
      expect([first.status, first.headers['etag']]).to.deep.equal([200, '"2"']);
      for (const stale of ['"1"', 'W/"1"', '"2.0"', '"02"', '2', 'nonsense', '"1", "3"', '""'])
        expectProblem(await patch(stale, 'stale'), 412, 'precondition_failed');
      expect((await profileOf(shop, ada)).body.phone).to.equal('first');
      expect((await patch('"1", "2"', 'second')).status).to.equal(200);
      expect((await patch('*', 'third')).body.phone).to.equal('third');
    });

    it('A profile lets one of several who change the same version win', async () => {
      const { token } = await shop.signUp();
      const send = (_: unknown, i: number): Promise<Received> =>
        shop.patch('/customers/me', { token, json: { phone: String(i) }, headers: { 'If-Match': '"1"' } });
      const answers = await Promise.all(Array.from({ length: 10 }, send));
      const winners = answers.filter(({ status }) => status === 200);
      expect(winners).to.have.length(1);
      expect(answers.filter(({ status }) => status === 412)).to.have.length(9);
      expect((await shop.get('/customers/me', { token })).body.phone).to.equal(winners[0]?.body.phone);
    });
  });
});
