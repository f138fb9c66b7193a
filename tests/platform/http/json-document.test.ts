import { once } from 'node:events';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import { anyObject } from '#src/platform/schema/schema.js';
import { jsonDocument, type JsonDocument, type ListMember } from '#src/platform/http/routes/json-document.js';
import { ok } from '#src/platform/http/routes/reply.js';
import { route } from '#src/platform/http/routes/route.js';
import { rejectionOf } from '../../support/contract-tools.js';
import { eventually } from '../../support/eventually.js';
import { dial, speak } from '../../support/raw-http.js';
import { startPlanted, type PlantedApp } from './planted-app.js';

/** Makes a list whose pages count how often they are read, and report when their reader has ended. */
const countedList = (name: string, pages: readonly (readonly unknown[])[]) => {
  const seen = { read: 0, closed: false };
  const list: ListMember = {
    name,
    pages: (async function* () {
      try {
        for (const page of pages) {
          seen.read += 1;
          await Promise.resolve();
          yield page;
        }
      } finally {
        seen.closed = true;
      }
    })(),
  };
  return { list, seen };
};

const listOf = (name: string, ...pages: readonly (readonly unknown[])[]): ListMember =>
  countedList(name, pages).list;

const aDocument = (document: Partial<JsonDocument> = {}): JsonDocument => ({
  members: {},
  lists: [],
  confirm: () => Promise.resolve(),
  ...document,
});

const anItem = (at: number) => ({ id: at, text: 'Käse 🧀 "quoted"\n' });

describe('A JSON document that is read while it is sent', () => {
  const cases: Readonly<Record<string, [Partial<JsonDocument>, object]>> = {
    nothing: [{}, {}],
    'members alone': [{ members: { a: 1, b: [anItem(1)] } }, { a: 1, b: [anItem(1)] }],
    'a list alone': [
      { lists: [listOf('list', [anItem(1), anItem(2)], [anItem(3)])] },
      { list: [1, 2, 3].map(anItem) },
    ],
    'members and lists': [
      { members: { a: null }, lists: [listOf('first', [1], [2, 3]), listOf('second', [4])] },
      { a: null, first: [1, 2, 3], second: [4] },
    ],
    'lists without items': [
      { lists: [listOf('none'), listOf('empty', []), listOf('mixed', [], [1], [], [2], [])] },
      { none: [], empty: [], mixed: [1, 2] },
    ],
    'a name that needs quoting': [{ lists: [listOf('"', [1])] }, { '"': [1] }],
  };
  for (const [what, [document, expected]] of Object.entries(cases))
    it(`A JSON document that is read while it is sent is the JSON of its members and lists: ${what}`, async () => {
      expect(await text(jsonDocument(aDocument(document)))).to.equal(JSON.stringify(expected));
    });

  it('A JSON document that is read while it is sent reads nothing before it is read, and no further than a page ahead of a reader that stalls', async () => {
    const { list, seen } = countedList(
      'list',
      Array.from({ length: 100 }, (_, at) => [anItem(at)]),
    );
    const stream = jsonDocument(aDocument({ lists: [list] }));
    expect(seen.read).to.equal(0);
    let taken = 0;
    let goOn = (): void => undefined;
    const reader = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => {
        taken += 1;
        goOn = done;
      },
    });
    const sent = pipeline(stream, reader);
    for (let step = 1; step < 20; step += 1) {
      await eventually(() => taken === step, 'the next piece');
      // What was asked for ahead has come after so many turns, if it ever does.
      for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
      expect(seen.read).to.be.at.most(step + 2);
      goOn();
    }
    stream.destroy();
    await sent.catch(() => undefined);
  });

  it('A JSON document that is read while it is sent reads no further once it is destroyed', async () => {
    const { list, seen } = countedList(
      'list',
      Array.from({ length: 100 }, (_, at) => [anItem(at)]),
    );
    const stream = jsonDocument(aDocument({ lists: [list] }));
    for await (const chunk of stream) if (String(chunk).includes('"id":3')) break;
    await eventually(() => seen.closed, 'the end of the reading');
    expect(seen.read).to.be.at.most(7);
  });

  it('A JSON document that is read while it is sent lets others have their turn between two pages', async () => {
    const { list, seen } = countedList(
      'list',
      Array.from({ length: 100 }, (_, at) => [anItem(at)]),
    );
    const reads: number[] = [];
    const look = (): void => {
      reads.push(seen.read);
      if (seen.read < 100) setImmediate(look);
    };
    setImmediate(look);
    await text(jsonDocument(aDocument({ lists: [list] })));
    expect(new Set(reads).size).to.be.above(50);
  });

  describe('that breaks off', () => {
    let shop: PlantedApp;
    let document: () => JsonDocument;
    before(async () => {
      const streamed = route({
        method: 'get',
        path: '/document',
        operationId: 'getDocument',
        tag: 'Things',
        access: 'anyone',
        summary: 'Planted',
        replies: { 200: { body: anyObject() } },
        query: () => document(),
        reply: (made) => ok(jsonDocument(made)),
      });
      shop = await startPlanted({ extra: [streamed] });
    });
    after(() => shop.server.close());

    const failing: ListMember = {
      name: 'list',
      pages: (async function* () {
        yield [anItem(1)];
        await Promise.resolve();
        throw new Error('the database is gone');
      })(),
    };

    for (const [what, broken] of Object.entries<() => Partial<JsonDocument>>({
      'because a page can’t be read': () => ({ lists: [failing] }),
      'because it is not confirmed': () => ({
        lists: [listOf('list', [anItem(1)])],
        confirm: () => Promise.reject(new Error('the database is gone')),
      }),
    })) {
      it(`A JSON document that breaks off takes the connection with it, and is logged, ${what}`, async () => {
        document = () => aDocument(broken());
        const logged = shop.log.length;
        const said = await speak(
          shop.server.url,
          'GET /document HTTP/1.1\r\nHost: x\r\nX-Request-Id: broken-document\r\n\r\n',
        );
        expect(said).to.match(/^HTTP\/1\.1 200 OK/);
        expect(said, 'the last chunk').not.to.match(/\r\n0\r\n\r\n$/);
        const lines = await eventually(() => {
          const since = shop.log.slice(logged);
          return since.some(({ msg }) => msg === 'request') ? since : null;
        }, 'the access log');
        const warning = lines.find(({ msg }) => msg === 'a response was cut off');
        expect(warning).to.include({ level: 40, requestId: 'broken-document' });
        expect(JSON.stringify(warning)).to.include('the database is gone');
        expect(lines.find(({ msg }) => msg === 'request')).to.include({ aborted: true });
      });
    }

    it('A JSON document that breaks off is an error to a client, and never a document', async () => {
      document = () => aDocument({ confirm: () => Promise.reject(new Error('the database is gone')) });
      const response = await fetch(`${shop.server.url}/document`);
      expect(response.status).to.equal(200);
      expect(await rejectionOf(response.text())).to.include('terminated');
    });

    it('A JSON document that breaks off is read no further when the client hangs up', async () => {
      const page = Array.from({ length: 1000 }, (_, at) => anItem(at));
      const { list, seen } = countedList(
        'list',
        Array.from({ length: 10_000 }, () => page),
      );
      document = () => aDocument({ lists: [list] });
      const socket = await dial(shop.server.url);
      socket.write('GET /document HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(socket, 'readable');
      socket.destroy();
      await eventually(() => seen.closed, 'the end of the reading');
      expect(seen.read).to.be.below(10_000);
    });
  });
});
