import { expect } from 'chai';
import { once } from 'node:events';
import { request } from 'node:http';
import { eventually } from '../support/eventually.js';
import { dial } from '../support/raw-http.js';
import { expectProblem } from '../support/shopping.js';
import { forEachShape, type ShopUnderTest } from '../support/test-shop.js';

const HEAD = 'sku,name,price\n';
const rows = (from: number, count: number): string =>
  Array.from({ length: count }, (_, n) => `UP-${String(from + n)},Thing,1\n`).join('');

forEachShape((shape, open) => {
  describe('An upload of products', () => {
    let shop: ShopUnderTest;
    let token: string;
    before(async () => {
      shop = await open();
      token = shop.adminToken;
    });
    after(() => shop.close());

    const latest = async () =>
      (
        (await shop.get('/imports?limit=1', { token })).body.items as {
          id: string;
          status: string;
          rows: number;
        }[]
      )[0];
    const isFound = async (sku: string): Promise<boolean> =>
      ((await shop.get(`/products?sku=${sku}`)).body.items as object[]).length > 0;

    /** Begins an upload whose end is up to the test. */
    const begin = async (text: string) => {
      const sent = request(`${shop.baseUrl}/products/import`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'text/csv' },
      });
      const answered = once(sent, 'response').then(async ([response]) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
        const { statusCode } = response as { statusCode: number };
        return {
          status: statusCode,
          headers: {},
          body: JSON.parse(Buffer.concat(chunks).toString()) as { code?: string },
        };
      });
      answered.catch(() => undefined); // of an upload that is broken off
      sent.on('error', () => undefined).write(text);
      const found = await eventually(async () => {
        const each = await latest();
        return each?.status === 'receiving' && each.rows > 0 ? each : null;
      }, 'the first rows');
      return { sent, answered, id: found.id };
    };

    it('An upload of products is stored while it arrives, and applies nothing before its end', async () => {
      const { sent, answered, id } = await begin(HEAD + rows(0, 450));
      expect(await isFound('UP-0')).to.equal(false);
      sent.end(rows(450, 50));
      expect((await answered).status).to.equal(202);
      await eventually(() => isFound('UP-499'), 'the last row');
      await eventually(
        async () => (await shop.get(`/imports/${id}`, { token })).body.status === 'finished',
        'the end',
      );
      expect((await shop.get(`/imports/${id}`, { token })).body).to.include({ rows: 500, created: 500 });
    });

    it('An upload of products that its client breaks off has failed, and applies nothing', async () => {
      const { sent, id } = await begin(HEAD + rows(1_000, 450));
      sent.destroy();
      await eventually(
        async () => (await shop.get(`/imports/${id}`, { token })).body.status === 'failed',
        'the failure',
      );
      expect(await isFound('UP-1000')).to.equal(false);
    });

    it('An upload of products that is cancelled is refused, and applies nothing', async () => {
      const { sent, answered, id } = await begin(HEAD + rows(2_000, 450));
      const cancelled = await shop.post(`/imports/${id}/cancel`, { token });
      expect(cancelled.body.status).to.equal('cancelled');
      sent.write(rows(2_450, 450));
      expectProblem(await answered, 409, 'import_ended');
      sent.end();
      expect(await isFound('UP-2000')).to.equal(false);
      expect((await shop.get(`/imports/${id}`, { token })).body.status).to.equal('cancelled');
    });

    it('An upload of products that is refused in the middle tells its client so, while the client still sends', async () => {
      const { sent, answered } = await begin(HEAD + rows(3_000, 450));
      sent.write('UP-x,"not closed" here,1\n');
      expectProblem(await answered, 422, 'invalid_import');
      sent.end(rows(3_450, 10));
      expect((await latest())?.status).to.equal('failed');
    });

    it('An upload of products is refused when there are too many under way', async () => {
      const under = [];
      for (let n = 0; n < 10; n += 1) under.push(await begin(HEAD + rows(4_000, 250)));
      const headers = { 'Content-Type': 'text/csv' };
      const refused = await shop.post('/products/import', { token, raw: HEAD + rows(0, 1), headers });
      expectProblem(refused, 409, 'too_many_imports');
      for (const { sent } of under) sent.destroy();
      await eventually(async () => {
        const { items } = (await shop.get('/imports?limit=100', { token })).body as {
          items: { status: string }[];
        };
        return items.every(({ status }) => status !== 'receiving');
      }, 'the end of all');
    });

    const tooLarge = async (raw: string | Uint8Array<ArrayBuffer>): Promise<void> => {
      const headers = { 'Content-Type': 'application/x-ndjson' };
      expectProblem(await shop.post('/products/import', { token, raw, headers }), 422, 'import_too_large');
      expect((await latest())?.status).to.equal('failed');
    };

    // A million rows take a while; services receive them by the same code.
    if (shape === 'one process')
      it('An upload of products is refused at its row 1,000,001, and applies nothing', async () => {
        await tooLarge(
          `${JSON.stringify({ sku: 'UP-first', name: 'Thing', price: 1 })}\n${'{}\n'.repeat(1_000_000)}`,
        );
        expect(await isFound('UP-first')).to.equal(false);
      });

    it('An upload of products is refused beyond 256 MiB, however few rows it has', async () => {
      const blank = new Uint8Array(256 * 1024 * 1024 + 1).fill(0x20);
      for (let end = 0; end < blank.length; end += 16_384) blank[end] = 0x0a;
      await tooLarge(blank);
    });

    it('An upload of products without a token is refused before its body', async () => {
      const socket = await dial(shop.baseUrl);
      socket.write(
        'POST /products/import HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 1000000\r\n\r\n',
      );
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      expect(chunk.toString()).to.match(/^HTTP\/1\.1 401 /);
      socket.destroy();
    });
  });
});
