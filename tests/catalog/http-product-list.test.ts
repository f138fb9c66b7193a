import { expect } from 'chai';
import { expectProblem, NOBODY, openCatalog } from './http-support.js';

describe('The product list over HTTP', () => {
  const catalog = openCatalog();
  let tea = '';

  before(async () => {
    const { category, product } = catalog();
    tea = (await category('Tea & more')).id;
    await product({ name: 'Teapot', description: 'Cast iron', price: 40, quantity: 3, categoryId: tea });
    await product({ name: 'tea cup', description: '100% porcelain', price: 9.5, categoryId: tea });
    await product({ name: 'Kettle', description: 'Iron, for tea', price: 25, quantity: 1 });
    await product({ name: 'Spoon', description: '', price: 2, quantity: 50 });
    const { asAdmin } = catalog();
    await asAdmin.delete((await product({ name: 'Deleted tea' })).path);
  });

  const names = async (query: string): Promise<readonly string[]> => {
    const { status, body } = await catalog().get(`/products${query}`);
    expect(status, JSON.stringify(body)).to.equal(200);
    return (body.items as readonly { name: string }[]).map(({ name }) => name);
  };

  it('The product list shows the newest first, in full, and may be cached', async () => {
    const { headers, body } = await catalog().get('/products');
    expect(await names('')).to.deep.equal(['Spoon', 'Kettle', 'tea cup', 'Teapot']);
    expect(body.nextCursor).to.equal(null);
    expect(headers)
      .to.include({ 'cache-control': 'public, max-age=0, must-revalidate, s-maxage=10' })
      .and.not.to.have.property('link');
    expect(body.items[3]).to.include({ price: 40, currency: 'USD', quantity: 3 });
    expect(body.items[3].category).to.deep.equal({ id: tea, name: 'Tea & more' });
  });

  it('The product list sorts by name, price and age, both ways', async () => {
    const sorted = {
      name: ['Kettle', 'Spoon', 'tea cup', 'Teapot'],
      price: ['Spoon', 'tea cup', 'Kettle', 'Teapot'],
      createdAt: ['Teapot', 'tea cup', 'Kettle', 'Spoon'],
    };
    for (const [sort, expected] of Object.entries(sorted)) {
      expect(await names(`?sort=${sort}`)).to.deep.equal(expected);
      expect(await names(`?sort=-${sort}`)).to.deep.equal(expected.toReversed());
    }
  });

  it('The product list searches and filters, all conditions together', async () => {
    expect(await names('?sort=name&q=TEA')).to.deep.equal(['Kettle', 'tea cup', 'Teapot']);
    expect(await names('?sort=name&q=iron+tea')).to.deep.equal(['Kettle', 'Teapot']);
    expect(await names('?q=100%25')).to.deep.equal(['tea cup']);
    expect(await names('?q=%25%25')).to.deep.equal([]);
    expect(await names('?q=')).to.have.lengthOf(4);
    expect(await names(`?sort=name&category=${tea}`)).to.deep.equal(['tea cup', 'Teapot']);
    expect(await names(`?category=${NOBODY}`)).to.deep.equal([]);
    expect(await names('?sort=price&minPrice=9.5&maxPrice=25')).to.deep.equal(['tea cup', 'Kettle']);
    expect(await names('?sort=name&inStock=true')).to.deep.equal(['Kettle', 'Spoon', 'Teapot']);
    expect(await names('?inStock=false')).to.deep.equal(['tea cup']);
    expect(await names(`?q=iron&category=${tea}&inStock=true&minPrice=30`)).to.deep.equal(['Teapot']);
    expect(await names('?minPrice=30&maxPrice=20')).to.deep.equal([]);
  });

  it('The product list is read to its end by cursor or by Link, which keeps sort and filters', async () => {
    const { get } = catalog();
    const first = await get('/products?sort=price&inStock=true&limit=2');
    expect(first.body.items).to.have.lengthOf(2);
    const cursor = String(first.body.nextCursor);
    const link = /^<(?<path>[^>]+)>; rel="next"$/.exec(first.headers['link'] ?? '')?.groups?.['path'];
    expect(link).to.equal(`/products?sort=price&inStock=true&limit=2&after=${encodeURIComponent(cursor)}`);
    const second = await get(link ?? '');
    expect(second.body.items.map(({ name }: { name: string }) => name)).to.deep.equal(['Teapot']);
    expect(second.body.nextCursor).to.equal(null);
  });

  it('The product list refuses a cursor of another sort or other filters, and garbage', async () => {
    const { get } = catalog();
    const { nextCursor } = (await get('/products?sort=price&limit=1')).body as { nextCursor: string };
    for (const query of [
      `sort=name&after=${nextCursor}`,
      `sort=price&q=tea&after=${nextCursor}`,
      `sort=price&after=${nextCursor}x`,
      'after=garbage',
      'after=',
    ]) {
      const { status } = await get(`/products?${query}`);
      expect(status, query).to.equal(400);
    }
    const { status } = await get(`/products?sort=price&limit=2&after=${nextCursor}`);
    expect(status, 'another limit').to.equal(200);
  });

  it('The product list refuses unknown parameters', async () => {
    for (const query of [
      'limit=0',
      'limit=101',
      'limit=ten',
      'limit=1.5',
      'sort=quantity',
      'sort=Name',
      'sort=',
      'category=kitchen',
      'minPrice=-1',
      'minPrice=1.005',
      'maxPrice=cheap',
      'inStock=maybe',
      'page=2',
      'q=tea&q=cup',
      'q=%00',
    ])
      expectProblem(await catalog().get(`/products?${query}`), 400, 'invalid_query');
  });
});
