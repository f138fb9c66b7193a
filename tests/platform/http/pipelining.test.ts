import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { nextResponse } from '../../support/next-response.js';
import { answersIn, dial, speak } from '../../support/raw-http.js';
import { big } from './big-answer.js';
import { gate } from './gate.js';
import { startPlanted, type PlantedApp, type PlantedOptions } from './planted-app.js';

const get = (path: string, ...fields: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: x', ...fields, '', ''].join('\r\n');

const ADD_THING = (name: string): string => {
  const body = JSON.stringify({ name, price: 1 });
  const fields = ['Host: x', 'Authorization: Bearer user', 'Content-Type: application/json'];
  return ['POST /things HTTP/1.1', ...fields, `Content-Length: ${body.length}`, '', body].join('\r\n');
};

const namesIn = ({ things }: PlantedApp) => [...things.values()].map(({ name }) => name);

/** Does over another connection what others may wait for: they have had the time to do it as well. */
const addElsewhere = async ({ client }: PlantedApp): Promise<void> => {
  const { status } = await client.post('/things', { token: 'user', json: { name: 'Elsewhere', price: 1 } });
  expect(status).to.equal(201);
};

const descriptors = (): number => readdirSync('/dev/fd').length;

const requestsIn = ({ log }: PlantedApp) =>
  log
    .filter(({ msg }) => msg === 'request')
    .map(({ method, path, status, aborted }) => ({ method, path, status, aborted: aborted === true }))
    .filter(({ path }) => path !== '/livez' && path !== '/metrics');

describe('Requests of one connection', () => {
  const started: PlantedApp[] = [];
  afterEach(() => Promise.all(started.splice(0).map(({ server }) => server.close())));
  /** Closed after the test, whether it passes or not. */
  const start = async (options: PlantedOptions = {}): Promise<PlantedApp> => {
    const shop = await startPlanted({ graceMs: 500, ...options });
    started.push(shop);
    return shop;
  };

  it('Requests of one connection are processed one at a time and receive their responses in order', async () => {
    const { row: slow, entered, open } = gate();
    const shop = await start({ extra: [slow] });
    const socket = await dial(shop.server.url);
    const names = ['Desk', 'Chair', 'Shelf'];
    socket.write(get('/slow') + names.map(ADD_THING).join('') + get('/livez', 'Connection: close'));
    await entered;
    await addElsewhere(shop);
    expect(namesIn(shop), 'what waits has not begun').to.deep.equal(['Lamp', 'Elsewhere']);
    open();
    const answers = answersIn(await text(socket));
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 201, 201, 201, 200]);
    expect(answers.slice(1, 4).map(({ body }) => body['name'])).to.deep.equal(names);
  });

  it('Requests of one connection keep their connection open for the next ones', async () => {
    const shop = await start();
    const socket = await dial(shop.server.url);
    for (let round = 0; round < 2; round += 1) {
      socket.write(get('/livez').repeat(3));
      let heard = '';
      while (heard.split('HTTP/1.1 200').length < 4) heard += String((await once(socket, 'data'))[0]);
    }
    socket.write(get('/livez', 'Connection: close'));
    expect(answersIn(await text(socket)).map(({ status }) => status)).to.deep.equal([200]);
  });

  it('Requests of one connection are not worked on, logged or counted when they wait behind a response that is never read', async () => {
    const shop = await start({ extra: [big] });
    const response = nextResponse();
    const socket = await dial(shop.server.url);
    socket.write(get('/big') + ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(ADD_THING).join(''));
    await eventually(async () => (await response).headersSent, 'the answer to begin');
    await addElsewhere(shop);
    socket.destroy();
    await eventually(() => requestsIn(shop).length > 1, 'the line of the answer that was begun');
    expect(requestsIn(shop)).to.deep.equal([
      { method: 'POST', path: '/things', status: 201, aborted: false },
      { method: 'GET', path: '/big', status: 200, aborted: true },
    ]);
    expect(namesIn(shop)).to.deep.equal(['Lamp', 'Elsewhere']);
    const { body } = await shop.client.get('/metrics');
    expect(body)
      .to.contain('http_request_duration_seconds_count{method="GET",route="/big",status="200"} 1')
      .and.to.contain('http_request_duration_seconds_count{method="POST",route="/things",status="201"} 1');
  });

  it('Requests of one connection are each logged and counted once when they are worked on', async () => {
    const shop = await start();
    await speak(
      shop.server.url,
      ['a', 'b', 'c'].map(ADD_THING).join('') + get('/nowhere', 'Connection: close'),
    );
    await eventually(() => requestsIn(shop).length === 4, 'four lines');
    const { body } = await shop.client.get('/metrics');
    expect(body)
      .to.contain('http_request_duration_seconds_count{method="POST",route="/things",status="201"} 3')
      .and.to.contain('http_request_duration_seconds_count{method="GET",route="unmatched",status="404"} 1');
  });

  it('Requests of one connection leave no descriptor open when the connection breaks before the responses are read', async () => {
    const shop = await start();
    const assets = ['swagger-ui-bundle.js', 'swagger-ui-standalone-preset.js', 'swagger-ui.min.css'];
    const paths = [
      ...assets.map((file) => `/docs/assets/${file}`),
      '/docs',
      '/openapi.json',
      '/openapi.yaml',
    ];
    for (const path of paths) await shop.client.get(path);
    const before = descriptors();
    for (const path of paths) {
      const response = nextResponse();
      const socket = await dial(shop.server.url);
      socket.write(get(path).repeat(50));
      await response;
      await shop.client.get('/livez');
      socket.destroy();
    }
    await eventually(() => descriptors() <= before, 'all descriptors to be closed');
  });

  it('Requests of one connection break it when more than the limit wait, and none of those that wait is worked on', async () => {
    const { row: slow, open } = gate();
    const shop = await start({ extra: [slow], limits: { maxWaiting: 3 } });
    const ended = speak(shop.server.url, get('/slow') + ['a', 'b', 'c', 'd'].map(ADD_THING).join(''));
    expect(await ended.catch(() => '')).to.equal('');
    open();
    await eventually(() => requestsIn(shop).length > 0, 'the line of the first');
    expect(shop.things.size).to.equal(1);

    const within = get('/livez').repeat(3) + get('/livez', 'Connection: close');
    expect(answersIn(await speak(shop.server.url, within))).to.have.length(4);
  });

  it('Requests of one connection do not receive the response to one before them when their body does not arrive in time', async () => {
    const { row: slow, entered, open } = gate();
    // Time enough for what is complete to be read on a busy machine.
    const limits = { connectionsCheckingInterval: 10, headersTimeout: 1_000, requestTimeout: 1_000 };
    const shop = await start({ extra: [slow], limits });
    const incomplete = ADD_THING('Desk').slice(0, -5);
    const socket = await dial(shop.server.url);
    const said = text(socket);
    socket.write(get('/slow') + incomplete);
    await entered;
    // One that began later has run out of time, so the first has as well.
    expect(await speak(shop.server.url, incomplete)).to.match(/^HTTP\/1\.1 408 /);
    open();
    expect(answersIn(await said).map(({ status, body }) => [status, body])).to.deep.equal([
      [200, { done: true }],
    ]);
    expect(shop.things.size).to.equal(1);
  });
});
