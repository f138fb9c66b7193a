import { expect } from 'chai';
import { createHash } from 'node:crypto';
import type { ProductId } from '#src/kernel/ids.js';
import { decodeCursor, encodeCursor } from '#src/platform/http/lists/cursor.js';
import { KNOWN, startPlanted, type PlantedApp } from './planted-app.js';

describe('lists', () => {
  let shop: PlantedApp;
  before(async () => {
    shop = await startPlanted();
    for (let n = 2; n <= 5; n += 1) {
      const id = KNOWN.replace(/1$/, String(n)) as ProductId;
      shop.things.set(id, { id, name: `Thing ${String(n)}`, price: n, version: 1 });
    }
  });
  after(() => shop.server.close());

  const next = (link: string | undefined): string =>
    /^<(?<path>[^>]+)>; rel="next"$/.exec(link ?? '')?.groups?.['path'] ?? '';

  it('Lists are walked by their links, which keep filters, sort and limit, to a last page without one', async () => {
    const seen: string[] = [];
    let path = '/things?sort=price&q=a%20%26%20b&limit=2';
    for (let page = 0; path !== '' && page < 9; page += 1) {
      const { status, headers, body } = await shop.client.get(path);
      expect(status).to.equal(200);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      path = next(headers['link']);
      if (path === '') expect(body.nextCursor).to.equal(null);
      else {
        const query = new URL(path, 'http://localhost').searchParams;
        expect(Object.fromEntries(query)).to.deep.equal({
          sort: 'price',
          q: 'a & b',
          limit: '2',
          after: body.nextCursor,
        });
      }
    }
    expect(seen).to.deep.equal([...shop.things.keys()]);
  });

  it('Lists refuse a limit that is no whole number from 1 to 100', async () => {
    for (const limit of ['0', '101', '-1', '1.5', 'ten', '', '1e999', 'NaN']) {
      const { status, body } = await shop.client.get(`/things?limit=${limit}`);
      expect(status, limit).to.equal(400);
      expect(body.code).to.equal('invalid_query');
      expect(body.errors[0].parameter).to.equal('limit');
    }
  });

  it('Lists refuse a cursor that is garbage, forged, or of another sort, filter or list', async () => {
    const { body } = await shop.client.get('/things?limit=1');
    const cursor = body.nextCursor as string;
    const list = { path: '/things', filters: { sort: 'name' } };
    expect(
      (await shop.client.get(`/things?limit=3&after=${cursor}`)).status,
      'another limit is fine',
    ).to.equal(200);
    const refused = [
      `sort=price&after=${cursor}`,
      `q=x&after=${cursor}`,
      `after=${cursor.slice(1)}`,
      `after=${cursor}A`,
      `after=${cursor}%3D`,
      'after=garbage',
      'after=%00',
      `after=${Buffer.from('null').toString('base64url')}`,
      `after=${Buffer.from('[{},"x"]').toString('base64url')}`,
      `after=${encodeCursor({ key: 'a', id: "x' or 1=1" }, list)}`,
      `after=${encodeCursor({ key: 'a\0', id: KNOWN }, list)}`,
      `after=${encodeCursor({ key: 'a', id: KNOWN }, { ...list, path: '/others' })}`,
    ];
    for (const query of refused) {
      const answer = await shop.client.get(`/things?${query}`);
      expect(answer.status, query).to.equal(400);
      expect(answer.body.code).to.be.oneOf(['invalid_cursor', 'invalid_query']);
    }
  });

  const KEYS = {
    text: { good: ['Ünïcödé 😀 "quoted"', ''], bad: [0, 'a\0', '\ud800'] },
    number: { good: [0, -5, Number.MAX_SAFE_INTEGER], bad: ['0', '', 1.5, 2 ** 53, 1e308] },
    time: {
      good: [0, 1_700_000_000_000, Date.UTC(9999, 11, 31)],
      bad: ['2026-01-01', -1, 0.5, Date.UTC(10_000)],
    },
  } as const;

  it('Lists refuse a cursor whose text is a key that another version has made', () => {
    const list = { path: '/things', filters: {} };
    const digest = createHash('sha256')
      .update(JSON.stringify(['/things', [], 'ähre', KNOWN]))
      .digest('base64url')
      .slice(0, 16);
    const old = Buffer.from(JSON.stringify(['ähre', KNOWN, digest])).toString('base64url');
    expect(() => decodeCursor(old, list, 'text')).to.throw('The cursor does not belong to this list');
  });

  for (const kind of ['text', 'number', 'time'] as const) {
    it(`Lists have cursors that carry any sort key that is a ${kind}, and no other`, () => {
      const list = { path: '/things', filters: { sort: 'name', q: undefined } };
      const sent = (key: string | number) => decodeCursor(encodeCursor({ key, id: KNOWN }, list), list, kind);
      for (const key of KEYS[kind].good) expect(sent(key)).to.deep.equal({ key, id: KNOWN });
      for (const key of KEYS[kind].bad)
        expect(() => sent(key), String(key)).to.throw('The cursor does not belong to this list');
    });
  }
});
