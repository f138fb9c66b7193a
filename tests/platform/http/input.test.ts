import { expect } from 'chai';
import { answersIn, speak } from '../../support/raw-http.js';
import { KNOWN, startPlanted, type PlantedApp } from './planted-app.js';

describe('what comes in over HTTP', () => {
  let shop: PlantedApp;
  before(async () => {
    shop = await startPlanted();
  });
  after(() => shop.server.close());

  const post = (json: unknown) => shop.client.post('/things', { token: 'user', json });
  const pointersOf = (body: { errors: readonly { pointer: string }[] }) =>
    body.errors.map(({ pointer }) => pointer);

  describe('in a body', () => {
    it('A request body is refused field by field, each named by its JSON pointer, and nothing is written', async () => {
      const { status, body } = await post({
        name: 5,
        price: '5',
        quantity: 1.5,
        role: 'admin',
        'a/b~c': 1,
        related: [
          { id: KNOWN, quantity: 1 },
          { id: 'x', quantity: 0 },
        ],
      });
      expect(status).to.equal(422);
      expect(body.code).to.equal('invalid_body');
      expect(pointersOf(body)).to.have.members([
        '/name',
        '/price',
        '/quantity',
        '/role',
        '/a~1b~0c',
        '/related/1/id',
        '/related/1/quantity',
      ]);
      expect(shop.things.size).to.equal(1);
    });

    it('A request body is not converted: no number, boolean, list or object is read out of a string', async () => {
      for (const [field, value] of [
        ['price', '5'],
        ['quantity', '5'],
        ['quantity', true],
        ['related', '[]'],
        ['related', { id: KNOWN, quantity: 1 }],
        ['name', 5],
      ] as const) {
        const { status, body } = await post({ name: 'Desk', price: 5, [field]: value });
        expect(status, field).to.equal(422);
        expect(pointersOf(body)).to.deep.equal([`/${field}`]);
      }
    });

    it('A request body has exact prices: no more decimals than the currency, none below zero or beyond exact numbers', async () => {
      for (const price of [1.005, 0.001, -0.01, 1e21, 1e-7, Number.MAX_SAFE_INTEGER]) {
        expect((await post({ name: 'Desk', price })).status, String(price)).to.equal(422);
      }
      for (const price of [0, 19.99, 0.1, 1.1, 70.07, 1e3]) {
        const { status, body } = await post({ name: `At ${String(price)}`, price });
        expect(status, String(price)).to.equal(201);
        expect(body.price).to.equal(price);
      }
    });

    it('A request body holds texts that every database holds: no NUL, no half of a surrogate pair, at any depth', async () => {
      for (const raw of [
        '{"name":"a\\u0000b","price":1}',
        '{"name":"a\\ud800b","price":1}',
        '{"name":"Desk","price":1,"note":"\\udc00"}',
      ]) {
        const { status, body } = await shop.client.post('/things', { token: 'user', raw });
        expect(status, raw).to.equal(422);
        expect(body.errors).to.have.length(1);
      }
      const deep = await post({ name: 'Desk', price: 1, unknown: [{ deep: ['\0'] }] });
      expect(pointersOf(deep.body)).to.deep.equal(['/unknown/0/deep/0']);
    });

    it('A request body is tidied: texts trimmed and in NFC, counted in characters', async () => {
      const { status, body } = await post({ name: '  Cafe\u0301 ', price: 1 });
      expect(status).to.equal(201);
      expect(body.name).to.equal('Caf\u00e9');
      expect((await post({ name: '😀'.repeat(20), price: 1 })).status).to.equal(201);
      expect((await post({ name: '😀'.repeat(21), price: 1 })).status).to.equal(422);
      for (const name of ['', '   ', '\u200b', '\u00a0', '\n']) {
        expect((await post({ name, price: 1 })).status, JSON.stringify(name)).to.equal(422);
      }
    });

    it('A request body is text of a bounded length before anything reads it, whatever is trimmed or composed later', async () => {
      const detail = 'The name must have at most 20 characters and at most 40 UTF-16 code units.';
      for (const name of ['😀'.repeat(21), `a${' '.repeat(40)}`, 'e\u0301'.repeat(21), '\u1161'.repeat(41)]) {
        const { status, body } = await post({ name, price: 1 });
        expect([status, body.errors], name).to.deep.equal([422, [{ pointer: '/name', detail }]]);
      }
      for (const [name, stored] of [
        ['e\u0301'.repeat(20), 'é'.repeat(20)],
        [`a${' '.repeat(39)}`, 'a'],
      ] as const) {
        const { status, body } = await post({ name, price: 1 });
        expect([status, body.name]).to.deep.equal([201, stored]);
      }
    });

    it('A request body is bounded where no schema says how long it may be', async () => {
      const large = await startPlanted({ config: { bodyLimit: '100kb' } });
      const json = { name: 'Desk', price: 1, unknown: ['x'.repeat(20_001), 'x'.repeat(20_000)] };
      const { status, body } = await large.client.post('/things', { token: 'user', json });
      await large.server.close();
      const detail = 'Item 1 must have at most 20000 UTF-16 code units.';
      expect([status, body.errors]).to.deep.equal([422, [{ pointer: '/unknown/0', detail }]]);
    });

    it('A request body has at most 30 combining marks in a row, which no language needs and normalising is slow on', async () => {
      const detail = 'must not have more than 30 combining marks in a row.';
      for (const mark of ['\u0301', '\u0316', '\uff9e', '\uff9f', '\u{1d167}', '\u20dd']) {
        const [most, more] = [`a${mark.repeat(30)}`, `a${mark.repeat(31)}`];
        const refused = await post({ name: more, price: 1, note: `${most}b${most}`, unknown: [more] });
        expect(refused.body.errors, mark).to.deep.equal([
          { pointer: '/name', detail: `The name ${detail}` },
          { pointer: '/unknown/0', detail: `Item 1 ${detail}` },
        ]);
        const { status } = await post({ name: `Desk ${mark}`, price: 1, note: most });
        expect(status, mark).to.equal(201);
      }
    });

    it('A request body has names of a bounded length, so that a response about it is never much larger than it is', async () => {
      const large = await startPlanted({ config: { bodyLimit: '1mb' } });
      const errors = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`k${String(n)}`, '\0']));
      const deep = (name: string, levels: number): object =>
        levels === 0 ? errors : { [name]: deep(name, levels - 1) };
      try {
        for (const json of [
          { ['/'.repeat(95_000)]: errors },
          { ['aA'.repeat(47_000)]: '\0' },
          Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`${'x'.repeat(1000)}${String(n)}`, 1])),
          deep('/'.repeat(64), 18),
        ]) {
          const { status, body } = await large.client.post('/things', { token: 'user', json });
          expect([status, body.code]).to.deep.equal([422, 'invalid_body']);
          expect(JSON.stringify(body).length).to.be.lessThan(12_000);
        }
        const json = { name: 'Desk', price: 1, ['x'.repeat(65)]: 1 };
        const { body } = await large.client.post('/things', { token: 'user', json });
        const detail = 'The body must not have a field whose name is longer than 64 characters.';
        expect(body.errors).to.deep.equal([{ pointer: '', detail }]);
      } finally {
        await large.server.close();
      }
    });

    it('A request body can’t reach a prototype', async () => {
      for (const raw of [
        '{"name":"Desk","price":1,"__proto__":{"quantity":1}}',
        '{"name":"Desk","price":1,"\\u005f_proto__":{"quantity":1}}',
        '{"name":"Desk","price":1,"constructor":{"prototype":{"x":1}}}',
      ]) {
        const { status, body } = await shop.client.post('/things', { token: 'user', raw });
        expect(status, raw).to.equal(422);
        expect(pointersOf(body), raw).to.deep.equal([raw.includes('proto_') ? '/__proto__' : '/constructor']);
      }
      expect(({} as Record<string, unknown>)['quantity']).to.equal(undefined);
    });

    it('A request body is not walked to any depth, and its validation errors are not listed without an end', async () => {
      const raw = `{"name":"Desk","price":1,"x":${'['.repeat(2000)}${']'.repeat(2000)}}`;
      const deep = await shop.client.post('/things', { token: 'user', raw });
      expect(deep.status).to.equal(422);
      expect(deep.body.errors[0].detail).to.equal('Item 1 is nested too deeply.');
      const many = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`x${String(n)}`, 1]));
      expect((await post(many)).body.errors).to.have.length(50);
    });

    it('A request body has an end: neither depth nor width keeps the server busy, however much of it fits into the limit', async () => {
      const large = await startPlanted({ config: { bodyLimit: '1mb' } });
      const send = async (x: string) => {
        const raw = `{"name":"Desk","price":1,"x":${x}}`;
        const { status, body } = await large.client.post('/things', { token: 'user', raw });
        expect([status, body.code]).to.deep.equal([422, 'invalid_body']);
        return body.errors as unknown;
      };
      try {
        const [levels, objects] = ['['.repeat(100_000), '{"a":'.repeat(100_000)];
        const tooDeep = (inner: string, subject: string) => [
          { pointer: `/x${inner.repeat(19)}`, detail: `${subject} is nested too deeply.` },
        ];
        expect(await send(`${levels}${']'.repeat(100_000)}`)).to.deep.equal(tooDeep('/0', 'Item 1'));
        expect(await send(`${objects}1${'}'.repeat(100_000)}`)).to.deep.equal(tooDeep('/a', 'The a'));
        const keys = Array.from({ length: 60_000 }, (_, n) => `"k${n}":${n}`);
        const tooMany = [{ pointer: '', detail: 'The body must have at most 1000 values.' }];
        expect(await send(`{${keys.join(',')}}`)).to.deep.equal(tooMany);
        expect(await send(`[${'0,'.repeat(400_000)}0]`)).to.deep.equal(tooMany);
        const unclosed = await large.client.post('/things', { token: 'user', raw: levels });
        expect([unclosed.status, unclosed.body.code]).to.deep.equal([400, 'malformed_json']);
      } finally {
        await large.server.close();
      }
    });

    it('A request body counts as it is written last when it is written twice', async () => {
      const raw = '{"name":"Once","price":1,"name":"Twice"}';
      const { status, body } = await shop.client.post('/things', { token: 'user', raw });
      expect([status, body.name]).to.deep.equal([201, 'Twice']);
    });

    it('A request body is JSON: 400 when malformed or missing, 415 in another type or character set, 413 over the limit', async () => {
      for (const raw of ['{', '', '\ufeff', 'null', '"text"', '{"name":}', '[1,]', '\u00ff']) {
        const { status, body } = await shop.client.post('/things', { token: 'user', raw });
        expect(status, raw).to.equal(400);
        expect(body.code).to.equal('malformed_json');
      }
      expect((await shop.client.post('/things', { token: 'user' })).body.code).to.equal('malformed_json');
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'application/json; charset=latin1',
      ]) {
        const { status } = await shop.client.post('/things', {
          token: 'user',
          raw: '{}',
          headers: { 'Content-Type': type },
        });
        expect(status, type).to.equal(415);
      }
      const compressed = await shop.client.post('/things', {
        token: 'user',
        raw: '{}',
        headers: { 'Content-Encoding': 'gzip' },
      });
      expect(compressed.status).to.equal(415);
      const { status, body } = await post({ name: 'x'.repeat(11_000), price: 1 });
      expect(status).to.equal(413);
      expect(body.code).to.equal('body_too_large');
      expect((await post([])).status, 'a list is JSON, but no object').to.equal(422);
    });

    it('A request body is text in UTF-8: other bytes are refused, not replaced', async () => {
      const named = (...bytes: number[]) =>
        shop.client.post('/things', {
          token: 'user',
          raw: Buffer.concat([Buffer.from('{"price":1,"name":"caf'), Buffer.from(bytes), Buffer.from('"}')]),
        });
      for (const bytes of [[0xe9], [0xff, 0xfe], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98], [0xc0, 0x80]]) {
        const { status, body } = await named(...bytes);
        expect([status, body.code], bytes.join()).to.deep.equal([400, 'malformed_json']);
      }
      expect((await named(0xef, 0xbf, 0xbd)).body.name, 'a replacement character').to.equal('caf\ufffd');
    });

    it('A request body is UTF-8 as a whole, though a chunk may end within a character', async () => {
      const inChunks = async (...chunks: readonly Buffer[]) => {
        const head = ['POST /things HTTP/1.1', 'Host: x', 'Authorization: Bearer user', 'Connection: close'];
        const types = ['Content-Type: application/json', 'Transfer-Encoding: chunked'];
        const parts = chunks.flatMap((chunk) => [`${chunk.length.toString(16)}\r\n`, chunk, '\r\n']);
        const sent = [...head, ...types, '', ''].join('\r\n');
        const bytes = [sent, ...parts, '0\r\n\r\n'].map((part) => Buffer.from(part));
        const [said] = answersIn(await speak(shop.server.url, Buffer.concat(bytes)));
        return said?.body['name'] ?? said?.body['code'];
      };
      const whole = Buffer.from('{"price":1,"name":"café"}');
      const within = whole.length - 3;
      const end = whole.subarray(within + 1);
      expect(await inChunks(whole.subarray(0, within), whole.subarray(within))).to.equal('café');
      expect(await inChunks(whole.subarray(0, within), end)).to.equal('malformed_json');
    });

    it('A request body of another type receives a 415 that names what is accepted', async () => {
      const draft = { raw: JSON.stringify({ name: 'Desk' }), token: 'admin' };
      const typed = { ...draft, headers: { 'Content-Type': 'application/xml' } };
      const zipped = { ...draft, headers: { 'Content-Encoding': 'gzip' } };
      const json = 'application/json';
      expect((await shop.client.post('/things', typed)).headers).to.include({ accept: json });
      expect((await shop.client.post('/things', zipped)).headers).to.include({
        'accept-encoding': 'identity',
      });
      const path = `/things/${KNOWN}`;
      const patched = await shop.client.patch(path, typed);
      expect(patched.status).to.equal(415);
      expect(patched.headers).to.include({ 'accept-patch': `${json}, application/merge-patch+json` });
      expect(patched.headers).not.to.have.any.keys('accept', 'accept-encoding');
    });

    it('A request body may be a merge patch where there is a PATCH', async () => {
      const headers = { 'Content-Type': 'application/merge-patch+json' };
      const raw = JSON.stringify({ name: 'Lantern' });
      const patched = await shop.client.patch(`/things/${KNOWN}`, { token: 'admin', raw, headers });
      expect(patched.body.name).to.equal('Lantern');
      expect((await shop.client.post('/things', { token: 'admin', raw, headers })).status).to.equal(415);
    });

    it('A request body is missing as well when it is sent in chunks of which there are none', async () => {
      const send = async (target: string, headers: readonly string[], body: string) => {
        const head = [
          target,
          'Host: x',
          'Authorization: Bearer admin',
          'Transfer-Encoding: chunked',
          ...headers,
        ];
        const [said] = answersIn(
          await speak(shop.server.url, [...head, 'Connection: close', '', body].join('\r\n')),
        );
        return [said?.status, said?.body['code']];
      };
      const optional = `PATCH /things/${KNOWN} HTTP/1.1`;
      const none = '0\r\n\r\n';
      expect(await send(optional, [], none)).to.deep.equal([200, undefined]);
      expect(await send(optional, ['Content-Type: text/plain'], none)).to.deep.equal([200, undefined]);
      expect(await send(optional, ['Content-Type: application/json'], none)).to.deep.equal([200, undefined]);
      expect(await send('POST /things HTTP/1.1', [], none)).to.deep.equal([400, 'malformed_json']);
      expect(await send(optional, [], `2\r\n{}\r\n${none}`)).to.deep.equal([415, 'unsupported_media_type']);
    });

    it('A request body may be missing where the route says so', async () => {
      const { status } = await shop.client.patch(`/things/${KNOWN}`, { token: 'admin' });
      expect(status).to.equal(200);
    });

    it('A request body is not repeated in the problem about it', async () => {
      const { body } = await post({ name: 'Desk', price: 1, quantity: 'hunter2', password: 'hunter2' });
      expect(JSON.stringify(body)).not.to.contain('hunter2');
    });
  });

  describe('in a query string', () => {
    it('A query string is converted, known by name and given once', async () => {
      expect((await shop.client.get('/things?inStock=true&limit=5')).status).to.equal(200);
      for (const [query, parameter] of [
        ['limit=1&limit=2', 'limit'],
        ['q=a&q=a', 'q'],
        ['colour=red', 'colour'],
        ['q=%00', 'q'],
        ['inStock=perhaps', 'inStock'],
        ['__proto__=x', '__proto__'],
        ['sort=random', 'sort'],
      ] as const) {
        const { status, body } = await shop.client.get(`/things?${query}`);
        expect(status, query).to.equal(400);
        expect(body.code).to.equal('invalid_query');
        expect(body.errors.map((error: { parameter: string }) => error.parameter)).to.include(parameter);
      }
    });

    it('A query string has a bounded number of parameters', async () => {
      const query = (count: number): string => Array.from({ length: count }, (_, n) => `p${n}`).join('&');
      const { status, body } = await shop.client.get(`/things?${query(2000)}`);
      expect([status, body.code]).to.deep.equal([400, 'invalid_query']);
      expect(body.errors).to.deep.equal([
        { parameter: '', detail: 'The query string must have at most 50 parameters.' },
      ]);
      expect((await shop.client.get(`/things?${query(50)}`)).body.errors).to.have.length(50);
    });

    it('A query string has short parameters, without rows of combining marks, before any of them is read', async () => {
      for (const [query, parameter, detail] of [
        [`limit=0.${'0'.repeat(2_000)}1e1`, 'limit', 'must have at most 2000 UTF-16 code units.'],
        [`colour=${'x'.repeat(2_001)}`, 'colour', 'must have at most 2000 UTF-16 code units.'],
        [`q=a${'%CC%81'.repeat(31)}`, 'q', 'must not have more than 30 combining marks in a row.'],
      ] as const) {
        const { status, body } = await shop.client.get(`/things?${query}`);
        expect([status, body.code], query).to.deep.equal([400, 'invalid_query']);
        expect(body.errors).to.deep.equal([{ parameter, detail: `The parameter ${parameter} ${detail}` }]);
      }
    });

    it('A query string is refused when it can’t be decoded, before it could stand for another', async () => {
      for (const q of ['%', '%zz', '%C3%28', '%ED%A0%80', '%FF']) {
        const { status, body } = await shop.client.get(`/things?q=${q}`);
        expect([status, body.code], q).to.deep.equal([400, 'malformed_request']);
      }
    });

    it('A query string is refused where the route declares none', async () => {
      expect((await shop.client.get(`/things/${KNOWN}?x=1`)).status).to.equal(400);
    });
  });

  describe('in a path', () => {
    it('A path is 404 when it is no id, 400 when it can’t be decoded, and an id in any case', async () => {
      for (const id of ['x', '1', '%00', "'%20or%201=1", KNOWN.slice(1), `${KNOWN}0`, '%F0%9F%98%80']) {
        expect((await shop.client.get(`/things/${id}`)).status, id).to.equal(404);
      }
      for (const id of ['%', '%zz', '%C3%28', '%ED%A0%80']) {
        const { status, body } = await shop.client.get(`/things/${id}`);
        expect(status, id).to.equal(400);
        expect(body.code).to.equal('malformed_request');
      }
      expect((await shop.client.get(`/things/${KNOWN.toUpperCase()}`)).status).to.equal(200);
    });

    it('A path matches a fixed one before one with a parameter, whatever their order in the table', async () => {
      expect((await shop.client.get('/things/newest', { token: 'user' })).status).to.equal(200);
    });

    it('A path is exact: neither another case nor a slash at the end is the same', async () => {
      expect((await shop.client.get('/Things')).status).to.equal(404);
      expect((await shop.client.get('/things/')).status).to.equal(404);
    });
  });
});
