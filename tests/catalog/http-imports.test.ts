import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { newId } from '../support/builders/ids.js';
import { eventually } from '../support/eventually.js';
import type { Received } from '../support/http-client.js';
import { aProduct, aShopper, expectProblem } from '../support/shopping.js';
import { forEachShop, type ShopUnderTest } from '../support/test-shop.js';

interface Found {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly price: number;
  readonly quantity: number;
  readonly category: { readonly name: string } | null;
  readonly description: string;
  readonly imageUrl: string | null;
}

const CSV = 'text/csv';
const NDJSON = 'application/x-ndjson';

const { components } = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
  readonly components: { readonly schemas: { readonly ProductExportRow: object } };
};
const isDocumented = new Ajv2020({ strict: false, validateFormats: false }).compile(
  components.schemas.ProductExportRow,
);

let files = 0;
/** A beginning of SKUs that no other test has. */
const unused = (): string => {
  files += 1;
  return `IMP${String(files)}-`;
};

forEachShop((_name, open) => {
  describe('Importing products', function () {
    this.timeout(60_000);
    let shop: ShopUnderTest;
    let token: string;
    before(async () => {
      shop = await open();
      token = shop.adminToken;
      await shop.post('/categories', { token, json: { name: 'Kitchen' } });
      await shop.post('/categories', { token, json: { name: 'Garden' } });
    });
    after(() => shop.close());

    const send = (raw: string | Uint8Array<ArrayBuffer>, type = CSV, as = token): Promise<Received> =>
      shop.post('/products/import', { token: as, raw, headers: { 'Content-Type': type } });
    const ended = (id: string): Promise<Received['body']> =>
      eventually(async () => {
        const { body } = await shop.get(`/imports/${id}`, { token });
        return body.finishedAt === null ? null : (body as object);
      }, 'the end of the import');
    const imported = async (raw: string | Uint8Array<ArrayBuffer>, type = CSV): Promise<Received['body']> => {
      const { status, body, headers } = await send(raw, type);
      expect(status, JSON.stringify(body)).to.equal(202);
      expect(headers['location']).to.equal(`/imports/${String(body.id)}`);
      return ended(body.id as string);
    };
    const counts = ({ rows, created, updated, unchanged, refused }: Received['body']) => ({
      ...{ rows, created, updated, unchanged, refused },
    });
    const found = async (sku: string): Promise<Found | undefined> => {
      const { body } = await shop.get(`/products?sku=${encodeURIComponent(sku)}`);
      return (body.items as Found[])[0];
    };
    const errorsOf = async (id: string) => {
      const { body } = await shop.get(`/imports/${id}/errors?limit=100`, { token });
      return (
        body.items as { line: number; sku: string | null; errors: { pointer: string; detail: string }[] }[]
      ).map(({ line, sku, errors }) => [
        line,
        sku,
        ...errors.map(({ pointer, detail }) => `${pointer} ${detail}`),
      ]);
    };
    const ledgerOf = async (id: string) => {
      const { body } = await shop.get(`/products/${id}/stock-adjustments`, { token });
      return (body.items as { delta: number; reason: string; note: string | null }[]).map(
        ({ delta, reason, note }) => [delta, reason, note],
      );
    };

    it('Importing products creates those whose SKU is new and changes the others, in part, with stock, ledger and audit', async () => {
      const sku = unused();
      const id = await aProduct(shop, { name: 'Old mug', sku: `${sku}MUG`, price: 5, quantity: 3 });
      const csv = `sku,name,price,quantity,category\r\n${sku}mug,,6.5,7,\r\n${sku}POT,"Pot, ""big""",20,4,kitchen\r\n`;
      const done = await imported(csv);
      expect(done).to.include({ status: 'finished', format: 'csv', processed: 2 });
      expect(counts(done)).to.deep.equal({ rows: 2, created: 1, updated: 1, unchanged: 0, refused: 0 });
      expect(await found(`${sku}MUG`)).to.include({ id, name: 'Old mug', price: 6.5, quantity: 7 });
      const pot = (await found(`${sku}POT`)) ?? expect.fail('no pot');
      expect(pot).to.include({ name: 'Pot, "big"', price: 20, quantity: 4, description: '' });
      expect(pot.category?.name).to.equal('Kitchen');
      expect(await ledgerOf(id)).to.deep.equal([
        [4, 'edit', `Import ${String(done.id)}`],
        [3, 'initial', null],
      ]);
      expect(await ledgerOf(pot.id)).to.deep.equal([[4, 'initial', `Import ${String(done.id)}`]]);
      const entries = async () =>
        (await shop.get(`/audit-log?subject=${String(done.id)}`, { token })).body.items as {
          action: string;
        }[];
      await eventually(async () => (await entries()).length > 0, 'the entry');
      expect((await entries()).map(({ action }) => action)).to.deep.equal(['import.started']);
    });

    it('Importing products again changes nothing', async () => {
      const sku = unused();
      const csv = `sku,name,price,quantity,category\n${sku}1,Bowl,3,2,Garden\n${sku}2,Dish,4,0,\n`;
      await imported(csv);
      const before = await found(`${sku}1`);
      const again = await imported(csv);
      expect(counts(again)).to.deep.equal({ rows: 2, created: 0, updated: 0, unchanged: 2, refused: 0 });
      expect(await found(`${sku}1`)).to.deep.equal(before);
    });

    it('Importing products applies the rows of NDJSON, and leaves out what is absent', async () => {
      const sku = unused();
      const rows = [
        { sku: `${sku}1`, name: 'Fork', price: 1.25, quantity: 10, category: 'Garden', description: 'Steel' },
        { sku: `${sku}1`, price: 2 },
        { sku: `${sku}1`, category: null },
        { sku: `${sku}2`, name: 'Spoon', price: 1 },
      ];
      const done = await imported(rows.map((row) => `${JSON.stringify(row)}\r\n`).join('\n'), NDJSON);
      expect(counts(done)).to.deep.equal({ rows: 4, created: 2, updated: 2, unchanged: 0, refused: 0 });
      expect(await found(`${sku}1`)).to.include({
        name: 'Fork',
        price: 2,
        quantity: 10,
        description: 'Steel',
      });
      expect((await found(`${sku}1`))?.category).to.equal(null);
    });

    it('Importing products refuses rows with errors, names line and field, and applies the others', async () => {
      const sku = unused();
      const lines = [
        'sku,name,price,quantity,category,categoryId',
        `${sku}good,Good,1,1,,`,
        ',No SKU,1,1,,',
        `${sku}a,Too exact,1.005,1,,`,
        `${sku}b,Negative,1,-1,,`,
        `${sku}c,No price,,1,,`,
        `${sku}d,Nowhere,1,1,Attic,`,
        `${sku}e,"Two`,
        `lines",1.999,1,,`,
        `${sku}f,Too short,1`,
        `${sku} g,A space,1,1,,`,
        `${sku}h,No number,a lot,1,,`,
        `${sku}i,Unknown,1,1,,${newId()}`,
        `${sku}last,Last,2,0,,`,
      ];
      const done = await imported(`\uFEFF${lines.join('\n')}`);
      expect(counts(done)).to.deep.equal({ rows: 12, created: 2, updated: 0, unchanged: 0, refused: 10 });
      expect(await errorsOf(done.id as string)).to.deep.equal([
        [3, null, '/sku The sku must not be empty.'],
        [4, `${sku}a`, '/price The price must have at most 2 decimals.'],
        [5, `${sku}b`, '/quantity The quantity must be at least 0.'],
        [6, `${sku}c`, '/price The price is required for a new product.'],
        [7, `${sku}d`, '/category No category has this name.'],
        [8, `${sku}e`, '/price The price must have at most 2 decimals.'],
        [10, null, ' The row has 3 cells instead of 6.'],
        [11, `${sku} g`, '/sku The sku must have visible ASCII characters only, and no spaces.'],
        [12, `${sku}h`, '/price The price must be a number.'],
        [13, `${sku}i`, '/categoryId No category has this id.'],
      ]);
      expect(await found(`${sku}last`)).to.include({ name: 'Last' });
    });

    it('Importing products lists errors page by page', async () => {
      const rows = Array.from({ length: 5 }, (_, n) => `{"sku":"x","price":-${String(n + 1)}}`).join('\n');
      const { id } = await imported(rows, NDJSON);
      const walked: number[] = [];
      let path: string | undefined = `/imports/${String(id)}/errors?limit=2`;
      while (path !== undefined) {
        const page: Received = await shop.get(path, { token });
        walked.push(...(page.body.items as { line: number }[]).map(({ line }) => line));
        path = /^<(.+)>; rel="next"$/.exec(page.headers['link'] ?? '')?.[1];
      }
      expect(walked).to.deep.equal([1, 2, 3, 4, 5]);
    });

    it('Importing products refuses a file that cannot be read, and applies nothing of it', async () => {
      const sku = unused();
      const good = `sku,name,price\n${sku}1,Bowl,3\n`;
      const bad: readonly (readonly [string | Uint8Array<ArrayBuffer>, string, number, RegExp])[] = [
        [`${good}${sku}2,"Dish,4\n`, CSV, 3, /not closed/],
        [`${good}${sku}2,"Dish,4\r\n\r\n`.replaceAll('\n', '\r\n'), CSV, 3, /not closed/],
        [`${good}${sku}2,"Di\nsh",4\n${sku}3,"Jug,4\n${`${sku}4,Pot,1\n`.repeat(100)}`, CSV, 5, /not closed/],
        [`sku,name,colour\n${sku}1,Bowl,red\n`, CSV, 1, /no column "colour"/],
        [
          `sku,${Array.from({ length: 20_000 }, (_, n) => `c${String(n)}`).join(',')}\n`,
          CSV,
          ...([
            1,
            /no column "c0", "c1", "c2", "c3", "c4" and 19995 more\. The columns are [\w, ]+\.$/,
          ] as const),
        ],
        [`sku,sku\n${sku}1,x\n`, CSV, 1, /twice/],
        [`name,price\nBowl,3\n`, CSV, 1, /first line/],
        [Buffer.from(`${good}${sku}2,Caf\u00e9,4\n`, 'latin1'), CSV, 3, /not UTF-8/],
        [Buffer.from(`{"sku":"${sku}1"}\n\n{"sku":"\u00e9"}\n\n`, 'latin1'), NDJSON, 3, /not UTF-8/],
        [Buffer.from(`${good}${sku}2,Caf\u00c3`, 'latin1'), CSV, 3, /not UTF-8/],
        [Buffer.from(good, 'utf16le'), CSV, 1, /first line|not UTF-8|no column/],
        [`${good}${sku}2,"${'x'.repeat(200_000)}",4\n`, CSV, 3, /longer than/],
        [`{"sku":"${sku}1","name":"${'x'.repeat(200_000)}"}\n`, NDJSON, 1, /longer than/],
      ];
      for (const [raw, type, line, reason] of bad) {
        const refused = await send(raw, type);
        expectProblem(refused, 422, 'invalid_import');
        expect(refused.body.line, String(reason)).to.equal(line);
        expect(refused.body.reason).to.match(reason);
      }
      for (const [raw, type] of [
        ['', CSV],
        ['sku,name\n', CSV],
        ['\n\n', NDJSON],
      ] as const)
        expectProblem(await send(raw, type), 422, 'import_empty');
      for (const type of ['application/json', 'text/csv; charset=latin1', 'text/plain'])
        expectProblem(await send(good, type), 415, 'unsupported_media_type');
      const zipped = { 'Content-Type': CSV, 'Content-Encoding': 'gzip' };
      expectProblem(
        await shop.post('/products/import', { token, raw: good, headers: zipped }),
        415,
        'unsupported_media_type',
      );
      expect(await found(`${sku}1`)).to.equal(undefined);
      const { body } = await shop.get('/imports?limit=1', { token });
      expect((body.items as object[])[0]).to.include({ status: 'failed' });
    });

    it('Importing products is for administrators only', async () => {
      const ada = await aShopper(shop);
      expectProblem(await send('sku\nx\n', CSV, ada.token), 403, 'forbidden');
      const { id } = await imported(`sku,name,price\n${unused()}1,Bowl,3\n`);
      for (const path of [
        `/imports/${String(id)}`,
        `/imports/${String(id)}/errors`,
        '/imports',
        '/products/export',
      ])
        expectProblem(await shop.get(path, { token: ada.token }), 403, 'forbidden');
      expectProblem(await shop.get(`/imports/${newId()}`, { token }), 404, 'import_not_found');
      expectProblem(await shop.get(`/imports/${newId()}/errors`, { token }), 404, 'import_not_found');
    });

    it('Importing products stays as it is when it is cancelled after its end', async () => {
      const done = await imported(`sku,name,price\n${unused()}1,Bowl,3\n`);
      const cancel = (which: string) => shop.post(`/imports/${which}/cancel`, { token });
      expect((await cancel(done.id as string)).body).to.deep.equal(done);
      expectProblem(await cancel(newId()), 404, 'import_not_found');
    });

    it('Importing the same products twice at once leaves them as the file says, each once', async () => {
      const sku = unused();
      const rows = Array.from(
        { length: 450 },
        (_, n) => `${sku}${String(n)},Thing ${String(n)},${String(n + 1)},${String(n)}`,
      );
      const csv = ['sku,name,price,quantity', ...rows].join('\n');
      const done = await Promise.all([imported(csv), imported(csv)]);
      const sum = (field: string) => done.reduce((total: number, each) => total + Number(each[field]), 0);
      expect([sum('created'), sum('unchanged'), sum('refused')]).to.deep.equal([450, 450, 0]);
      expect(await found(`${sku}449`)).to.include({ price: 450, quantity: 449 });
    });

    it('Exporting products gives rows that an import accepts and that change nothing', async () => {
      const sku = unused();
      const tricky = [
        { sku: `${sku}1`, name: '=SUM(A1)', description: 'Two\nlines, "quoted"', price: 1.5, quantity: 3 },
        { sku: `${sku}2`, name: '@home', description: '-1', price: 2, category: 'Garden' },
        { sku: `${sku}3`, name: '+1', price: 3, imageUrl: 'https://images.example/a,b.jpg' },
      ];
      await imported(tricky.map((row) => JSON.stringify(row)).join('\n'), NDJSON);
      const exported = async (accept: string): Promise<string> => {
        const { status, headers, body } = await shop.get('/products/export', {
          token,
          headers: { Accept: accept },
        });
        expect([status, headers['content-type']]).to.deep.equal([200, `${accept}; charset=utf-8`]);
        return String(body);
      };
      for (const type of [CSV, NDJSON]) {
        const file = await exported(type);
        if (type === CSV) {
          expect(file.split('\r\n', 1)).to.deep.equal([
            'sku,name,description,price,quantity,category,imageUrl',
          ]);
          expect(file).to.include(`${sku}1,'=SUM(A1),"Two\nlines, ""quoted""",1.5,3,,\r\n`);
          expect(file).to.include(`${sku}2,'@home,'-1,2,0,Garden,\r\n`);
        } else {
          expect(file).to.include(`{"sku":"${sku}2","name":"@home"`);
          for (const line of file.trim().split('\n'))
            expect(isDocumented(JSON.parse(line)), line).to.equal(true);
        }
        const done = await imported(file, type);
        expect({ created: done.created, updated: done.updated, unchanged: done.unchanged }).to.deep.equal({
          created: 0,
          updated: 0,
          unchanged: Number(done.rows) - Number(done.refused),
        });
      }
    });
  });
});
