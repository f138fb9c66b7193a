import { expect } from 'chai';
import {
  expectAdminsOnly,
  expectValidationErrors,
  expectProblem,
  NOBODY,
  openCatalog,
} from './http-support.js';
import { forEachShape } from '../support/test-shop.js';

forEachShape((_shape, open) => {
  describe('Categories over HTTP', () => {
    const catalog = openCatalog(open);

    it('Categories are created with their path and tag, and read by anyone', async () => {
      const { asAdmin, get } = catalog();
      const { status, headers, body } = await asAdmin.post('/categories', { name: ' Küche 🍳 ' });
      expect(status).to.equal(201);
      const { id, createdAt, updatedAt, ...rest } = body;
      expect(rest).to.deep.equal({ name: 'Küche 🍳', description: '' });
      expect(updatedAt).to.equal(createdAt);
      const path = `/categories/${String(id)}`;
      expect(headers).to.include({ location: path, etag: '"1"' });
      const read = await get(path);
      expect(read.body).to.deep.equal(body);
      expect(read.headers).to.include({
        etag: '"1"',
        'cache-control': 'public, max-age=0, must-revalidate, s-maxage=10',
      });
      expect((await get(path, { headers: { 'If-None-Match': '"1"' } })).status).to.equal(304);
    });

    it('Categories are listed by name, page by page', async () => {
      const { get, category } = catalog();
      for (const name of ['list c', 'List A', 'list b']) await category(name);
      const seen: string[] = [];
      for (let next = '/categories?limit=1'; next !== '';) {
        const { headers, body } = await get(next);
        seen.push(...(body.items as { name: string }[]).map(({ name }) => name));
        next = /^<([^>]+)>/.exec(headers['link'] ?? '')?.[1] ?? '';
      }
      expect(seen.filter((name) => /^list/i.test(name))).to.deep.equal(['List A', 'list b', 'list c']);
      expectProblem(await get('/categories?sort=name'), 400, 'invalid_query');
    });

    it('Categories have one name each, whatever its letter case', async () => {
      const { asAdmin, category } = catalog();
      await category('Bath');
      const { path } = await category('Bed');
      expectProblem(await asAdmin.post('/categories', { name: 'BATH' }), 409, 'category_exists');
      expectProblem(await asAdmin.put(path, { name: 'bath' }), 409, 'category_exists');
      expect((await asAdmin.put(path, { name: 'BED', description: 'Beds' })).body).to.include({
        name: 'BED',
      });
    });

    it('Categories are replaced as a whole, guarded by If-Match', async () => {
      const { asAdmin, category } = catalog();
      const { path, etag } = await category('Office');
      const { status, headers, body } = await asAdmin.put(path, { name: 'Work', description: 'Desks' }, etag);
      expect([status, headers['etag']]).to.deep.equal([200, '"2"']);
      expect(body).to.include({ name: 'Work', description: 'Desks' });
      for (const tag of [etag, 'W/"1"', '"2.0.0"', '"x"'])
        expectProblem(await asAdmin.put(path, { name: 'Lost' }, tag), 412, 'precondition_failed');
      expect((await asAdmin.put(path, { name: 'Work' }, '*')).body).to.include({ description: '' });
    });

    it('Categories are removed once they are empty, guarded by If-Match', async () => {
      const { asAdmin, get, category, product } = catalog();
      const { id: categoryId, path, etag } = await category('Attic');
      const { path: inIt } = await product({ categoryId });
      expectProblem(await asAdmin.delete(path), 409, 'category_in_use');
      expectProblem(await asAdmin.delete(path, undefined, '"7"'), 412, 'precondition_failed');
      await asAdmin.delete(inIt);
      expect((await asAdmin.delete(path, undefined, etag)).status).to.equal(204);
      for (const answer of [
        await get(path),
        await asAdmin.put(path, { name: 'Attic' }),
        await asAdmin.delete(path),
      ])
        expectProblem(answer, 404, 'category_not_found');
    });

    it('Categories refuse missing, invalid and unknown fields', async () => {
      const { asAdmin } = catalog();
      const post = (json: object) => asAdmin.post('/categories', json);
      expectValidationErrors(await post({}), '/name');
      for (const name of ['', ' ', 7, null, 'a\0b', '\ud800', 'x'.repeat(121)])
        expectValidationErrors(await post({ name }), '/name');
      for (const description of [7, null, 'a\0b', 'x'.repeat(2001)])
        expectValidationErrors(await post({ name: 'Hall', description }), '/description');
      expectValidationErrors(await post({ name: 'Hall', id: NOBODY, version: 1 }), '/id', '/version');
    });

    it('A missing category, and an id that is no UUID, is a 404', async () => {
      const { get } = catalog();
      expectProblem(await get(`/categories/${NOBODY}`), 404, 'category_not_found');
      expectProblem(await get('/categories/kitchen'), 404, 'not_found');
    });

    it('Categories are written by administrators only', async () => {
      const { path } = await catalog().category('Cellar');
      await expectAdminsOnly(catalog(), 'post', '/categories');
      await expectAdminsOnly(catalog(), 'put', path);
      await expectAdminsOnly(catalog(), 'delete', path);
    });
  });
});
