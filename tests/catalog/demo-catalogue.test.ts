import { expect } from 'chai';
import { demoId, EXAMPLE_CATEGORY, EXAMPLE_PRODUCT } from '#src/kernel/examples.js';
import { forEachShop, type ShopUnderTest } from '../support/test-shop.js';

forEachShop((name, open) => {
  if (name === 'services') return; // the command runs on the product service, which is like a whole shop
  describe('The demo catalogue', () => {
    let shop: ShopUnderTest;
    beforeEach(async () => (shop = await open({ environment: { PUBLIC_URL: 'https://shop.example' } })));
    afterEach(() => shop.close());

    const create = () => shop.shop.parts.contexts.catalog.operations.createDemoCatalogue();
    const products = async () =>
      (await shop.get('/products?limit=100')).body.items as readonly {
        id: string;
        sku: string;
        imageUrl: string | null;
      }[];
    const remove = async (paths: readonly string[]) => {
      for (const path of paths)
        expect((await shop.delete(path, { token: shop.adminToken })).status).to.equal(204);
    };
    const removeAll = async () => {
      await remove((await products()).map(({ id }) => `/products/${id}`));
      const { items } = (await shop.get('/categories')).body as { items: readonly { id: string }[] };
      await remove(items.map(({ id }) => `/categories/${id}`));
    };

    it('The demo catalogue has the category and the product of the examples in the documentation', async () => {
      expect(await create()).to.equal(8);
      const { body } = await shop.get(`/products/${EXAMPLE_PRODUCT.id}`);
      const { id: _id, ...category } = EXAMPLE_CATEGORY;
      expect(body).to.include(EXAMPLE_PRODUCT);
      expect(body.category).to.include({ id: demoId(0), ...category });
    });

    it('The demo catalogue has a picture of each product, which the shop serves to pages of every origin', async () => {
      await create();
      for (const { imageUrl } of await products()) {
        const { origin, pathname } = new URL(imageUrl ?? '');
        expect(origin).to.equal('https://shop.example');
        const { status, headers, body } = await shop.get(pathname);
        expect(status, pathname).to.equal(200);
        expect(headers).to.include({
          'content-type': 'image/svg+xml; charset=utf-8',
          'cross-origin-resource-policy': 'cross-origin',
          'content-security-policy': "default-src 'none';frame-ancestors 'none'",
        });
        expect(body).to.match(/^<svg [^]+<\/svg>\n$/);
        const again = await shop.get(pathname, { headers: { 'If-None-Match': headers['etag'] ?? '' } });
        expect(again.status).to.equal(304);
      }
    });

    it('The demo catalogue is added once, and again with other ids when all of it has been deleted', async () => {
      await create();
      expect(await create()).to.equal(0);
      await removeAll();
      expect(await create()).to.equal(8);
      const again = await products();
      expect(again).to.have.length(8);
      expect(again.map(({ id }) => id)).not.to.include(EXAMPLE_PRODUCT.id);
      const ledger = await shop.get(`/products/${EXAMPLE_PRODUCT.id}/stock-adjustments`, {
        token: shop.adminToken,
      });
      expect(ledger.status, 'the ledger of the deleted product').to.equal(200);
    });

    it('The demo catalogue is added once when two processes start at the same time', async () => {
      const added = await Promise.all([create(), create(), create()]);
      expect(added.toSorted()).to.deep.equal([0, 0, 8]);
      expect(await products()).to.have.length(8);
    });

    it('The demo catalogue moves its pictures with the public URL of the shop, and leaves other pictures and products alone', async () => {
      await create();
      const [moved, other, none, deleted] = await products();
      const change = async (product: typeof moved, json: object) => {
        const path = `/products/${product?.id ?? ''}`;
        expect((await shop.patch(path, { token: shop.adminToken, json })).status).to.equal(200);
      };
      await change(moved, { imageUrl: moved?.imageUrl?.replace('shop.example', 'old.example:3000') });
      await change(deleted, { imageUrl: deleted?.imageUrl?.replace('shop.example', 'old.example:3000') });
      await change(other, { imageUrl: 'https://old.example/mine.svg' });
      await change(none, { imageUrl: null });
      await remove([`/products/${deleted?.id ?? ''}`]);
      expect(await Promise.all([create(), create()])).to.deep.equal([0, 0]);
      const urls = new Map((await products()).map(({ id, imageUrl }) => [id, imageUrl]));
      expect(urls.get(moved?.id ?? '')).to.equal(moved?.imageUrl);
      expect(urls.get(other?.id ?? '')).to.equal('https://old.example/mine.svg');
      expect(urls.get(none?.id ?? '')).to.equal(null);
      expect(urls).to.have.property('size', 7);
      const tags = async () => (await shop.get(`/products/${moved?.id ?? ''}`)).headers['etag'];
      const before = await tags();
      await create();
      expect(await tags(), 'nothing to move').to.equal(before);
    });

    it('The demo catalogue is not added beside its own products, whose categories are gone', async () => {
      await create();
      for (const { id } of await products())
        await shop.patch(`/products/${id}`, { token: shop.adminToken, json: { categoryId: null } });
      const { items } = (await shop.get('/categories')).body as { items: readonly { id: string }[] };
      await remove(items.map(({ id }) => `/categories/${id}`));
      expect(await create()).to.equal(0);
      expect(await products()).to.have.length(8);
    });
  });
});
