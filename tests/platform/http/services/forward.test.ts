import { expect } from 'chai';
import { eventually } from '../../../support/eventually.js';
import { nextResponse } from '../../../support/next-response.js';
import { dial, speak } from '../../../support/raw-http.js';
import { testCircuit } from '../../../support/test-circuit.js';
import { big } from '../big-answer.js';
import { gate } from '../gate.js';
import { KNOWN, startPlanted, type PlantedApp, type PlantedOptions } from '../planted-app.js';
import { startGateway, startService, tokensOf, type PlantedGateway } from './planted-gateway.js';
import { scriptedService } from './scripted-service.js';

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Problem {
  readonly code: string;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const AS_USER = { Authorization: 'Bearer user' };
const AS_ADMIN = { Authorization: 'Bearer admin' };
const THING = JSON.stringify({ name: 'Chair', price: 5 });

/** Sent one after the other. */
const ASKED: Readonly<Record<string, Asked>> = {
  'a read': { path: `/things/${KNOWN}` },
  'a read of a caller who is logged in': { path: `/things/${KNOWN}`, headers: AS_USER },
  'a read of what has not changed': { path: `/things/${KNOWN}`, headers: { 'If-None-Match': '"3"' } },
  'a read of a head': { method: 'HEAD', path: `/things/${KNOWN}` },
  'a read with an id of its own': { path: `/things/${KNOWN}`, headers: { 'X-Request-Id': 'mine' } },
  'a list': { path: '/things?limit=1&sort=price' },
  'a list with a wrong parameter': { path: '/things?limit=0' },
  'a list with a parameter that there is not': { path: '/things?colour=red' },
  'what there is not': { path: '/things/0190a0a0-0000-7000-8000-00000000dead' },
  'a path that is none': { path: '/thing' },
  'a path that is not of the table': { path: '/internal/things' },
  'a method that the path does not support': { method: 'PUT', path: '/things' },
  'the methods of a path': { method: 'OPTIONS', path: '/things' },
  'a page on another origin': { path: `/things/${KNOWN}`, headers: { Origin: 'https://shop.example' } },
  'a page on a foreign origin': { path: `/things/${KNOWN}`, headers: { Origin: 'https://evil.example' } },
  'a preflight': {
    method: 'OPTIONS',
    path: '/things',
    headers: { Origin: 'https://shop.example', 'Access-Control-Request-Method': 'POST' },
  },
  'a call without a token': { method: 'POST', path: '/things', headers: JSON_TYPE, body: THING },
  'a call with a wrong token': {
    method: 'POST',
    path: '/things',
    headers: { ...JSON_TYPE, Authorization: 'Bearer nobody' },
    body: THING,
  },
  'a change': { method: 'POST', path: '/things', headers: { ...JSON_TYPE, ...AS_USER }, body: THING },
  'a change that is refused': {
    method: 'POST',
    path: '/things',
    headers: { ...JSON_TYPE, ...AS_USER },
    body: THING,
  },
  'a change under a key': {
    method: 'POST',
    path: '/things',
    headers: { ...JSON_TYPE, ...AS_USER, 'Idempotency-Key': 'abcdefgh-1' },
    body: JSON.stringify({ name: 'Table', price: 50 }),
  },
  'the same change under the same key': {
    method: 'POST',
    path: '/things',
    headers: { ...JSON_TYPE, ...AS_USER, 'Idempotency-Key': 'abcdefgh-1' },
    body: JSON.stringify({ name: 'Table', price: 50 }),
  },
  'a body with a wrong field': {
    method: 'POST',
    path: '/things',
    headers: { ...JSON_TYPE, ...AS_USER },
    body: JSON.stringify({ name: '', price: -1 }),
  },
  'a body that is no JSON': {
    method: 'POST',
    path: '/things',
    headers: { ...JSON_TYPE, ...AS_USER },
    body: '{',
  },
  'a body of another type': {
    method: 'POST',
    path: '/things',
    headers: { 'Content-Type': 'text/plain', ...AS_USER },
    body: THING,
  },
  'a body that is too large': {
    method: 'POST',
    path: '/things',
    headers: { ...JSON_TYPE, ...AS_USER },
    body: JSON.stringify({ name: 'x'.repeat(200_000), price: 1 }),
  },
  'a change for administrators by somebody else': {
    method: 'PATCH',
    path: `/things/${KNOWN}`,
    headers: { ...JSON_TYPE, ...AS_USER },
    body: '{}',
  },
  'a change of the current version': {
    method: 'PATCH',
    path: `/things/${KNOWN}`,
    headers: { ...JSON_TYPE, ...AS_ADMIN, 'If-Match': '"3"' },
    body: JSON.stringify({ name: 'Lantern' }),
  },
  'a change of an earlier version': {
    method: 'PATCH',
    path: `/things/${KNOWN}`,
    headers: { ...JSON_TYPE, ...AS_ADMIN, 'If-Match': '"3"' },
    body: JSON.stringify({ name: 'Torch' }),
  },
  'a change without the body that is optional': {
    method: 'PATCH',
    path: `/things/${KNOWN}`,
    headers: { ...AS_ADMIN, 'X-Request-Id': 'other' },
  },
  'a removal': { method: 'DELETE', path: `/things/${KNOWN}`, headers: AS_ADMIN },
  'the description of the API': { path: '/openapi.json' },
};

/** What differs between two responses to one request at any time. */
const FLEETING = ['date', 'connection', 'keep-alive'];

const answerTo = async (url: string, { method = 'GET', path, headers = {}, body }: Asked) => {
  const response = await fetch(`${url}${path}`, {
    method,
    headers,
    redirect: 'manual',
    ...(body !== undefined && { body }),
  });
  const { status } = response;
  const fields = Object.fromEntries([...response.headers].filter(([name]) => !FLEETING.includes(name)));
  return { status, fields, text: await response.text() };
};

describe('A request through the gateway', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const direct = async (options: PlantedOptions = {}): Promise<PlantedApp> => {
    const shop = await startPlanted(options);
    closing.push(() => shop.server.close());
    return shop;
  };
  const service = async (options: PlantedOptions = {}): Promise<PlantedApp> => {
    const shop = await startService(options);
    closing.push(() => shop.server.close());
    return shop;
  };
  const gateway = async (...given: Parameters<typeof startGateway>): Promise<PlantedGateway> => {
    const shop = await startGateway(...given);
    closing.push(() => shop.close());
    return shop;
  };

  const scripted = async (...given: Parameters<typeof scriptedService>) => {
    const answers = await scriptedService(...given);
    closing.push(answers.close);
    return answers;
  };

  it('A request through the gateway is answered as without one: status, headers and body', async () => {
    const alone = await direct({ extra: [big] });
    const behind = await service({ extra: [big] });
    const through = await gateway(behind.server.url, { extra: [big] });
    for (const [what, asked] of Object.entries({ ...ASKED, 'a long list': { path: big.path } }))
      expect(await answerTo(through.server.url, asked), what).to.deep.equal(
        await answerTo(alone.server.url, asked),
      );
    expect([...behind.things.values()]).to.deep.equal([...alone.things.values()]);
    expect(behind.told).to.deep.equal(alone.told);
  });

  it('A request through the gateway tells the service nothing that the client claims of itself', async () => {
    const { url, heads } = await scripted(() => 'HTTP/1.1 204 No Content\r\n\r\n');
    const through = await gateway(url);
    const forged = tokensOf('gateway').issue('planted', { actor: null, address: '203.0.113.9' });
    await fetch(`${through.server.url}/things/newest`, {
      headers: {
        ...AS_USER,
        'Portico-Caller': forged,
        'X-Forwarded-For': '203.0.113.9',
        Forwarded: 'for=203.0.113.9',
        Cookie: 'a=b',
        Origin: 'https://shop.example',
        'X-Anything': 'else',
        'X-Request-Id': 'mine',
      },
    });
    const fields = Object.fromEntries(
      (heads[0] ?? '').split('\r\n').flatMap((line) => {
        const [name = '', value] = line.split(': ');
        return value === undefined ? [] : [[name.toLowerCase(), value]];
      }),
    );
    const { 'portico-caller': token = '', ...others } = fields;
    expect(Object.keys(others).sort()).to.deep.equal([
      'accept',
      'authorization',
      'connection',
      'host',
      'user-agent',
      'x-request-id',
    ]);
    expect(others).to.include({ authorization: `Bearer ${token}`, 'x-request-id': 'mine' });
    expect(tokensOf('planted').verify(token)).to.deep.include({ address: '127.0.0.1' });
    expect(tokensOf('planted').verify(token)?.actor).to.include({ role: 'customer' });
  });

  it('A request through the gateway is refused with 503 and Retry-After if the service cannot be reached', async () => {
    const { url, close } = await scripted(() => '');
    await close();
    const through = await gateway(url);
    for (const method of ['GET', 'POST'] as const) {
      const response = await answerTo(through.server.url, {
        method,
        path: method === 'GET' ? `/things/${KNOWN}` : '/things',
        ...(method === 'POST' && { headers: { ...JSON_TYPE, ...AS_USER }, body: THING }),
      });
      expect(response.status).to.equal(503);
      expect(response.fields).to.include({ 'retry-after': '5', 'content-type': 'application/problem+json' });
      expect(JSON.parse(response.text)).to.include({ code: 'service_unavailable' });
    }
    expect(through.log.filter(({ level }) => level === 40)).to.have.length(2);
  });

  it('A request through the gateway that only reads is sent once more if its connection is closed without a response', async () => {
    const body = JSON.stringify({ id: KNOWN, name: 'Lamp', price: 19.99, version: 3 });
    const { url, heads } = await scripted((at) =>
      at === 0
        ? null
        : `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    const through = await gateway(url);
    expect(await answerTo(through.server.url, { path: `/things/${KNOWN}` })).to.deep.include({
      status: 200,
      text: body,
    });
    expect(heads).to.have.length(2);
  });

  it('A request through the gateway that only reads is refused with 503 if its connection is closed again', async () => {
    const { url, heads } = await scripted(() => null);
    const through = await gateway(url);
    const { status, text } = await answerTo(through.server.url, { path: `/things/${KNOWN}` });
    expect([status, (JSON.parse(text) as { code: string }).code]).to.deep.equal([503, 'service_unavailable']);
    expect(heads).to.have.length(2);
  });

  it('A request through the gateway that changes something is not sent again, and its outcome is unknown', async () => {
    const { url, heads } = await scripted(() => null);
    const through = await gateway(url);
    const { status, text } = await answerTo(through.server.url, {
      method: 'POST',
      path: '/things',
      headers: { ...JSON_TYPE, ...AS_USER },
      body: THING,
    });
    expect([status, (JSON.parse(text) as { code: string }).code]).to.deep.equal([503, 'outcome_unknown']);
    expect(heads).to.have.length(1);
  });

  it('A request through the gateway is refused with 503 if the service takes too long to respond', async () => {
    const { url } = await scripted(() => '');
    const through = await gateway(url, {}, { headersTimeoutMs: 50 });
    const { status, text } = await answerTo(through.server.url, { path: `/things/${KNOWN}` });
    expect([status, (JSON.parse(text) as { code: string }).code]).to.deep.equal([503, 'service_unavailable']);
  });

  it('A request through the gateway never gets a part of a response as if it were all of it', async () => {
    const { url } = await scripted(() => ['HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{', null]);
    const through = await gateway(url);
    const said = await speak(
      through.server.url,
      `GET /things/${KNOWN} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    ).catch(() => 'reset');
    expect(said === 'reset' || /content-length: 100\r\n[^]*\r\n\r\n\{$/i.test(said), said).to.equal(true);
  });

  it('A request through the gateway is given up at the service when its client hangs up', async () => {
    const slow = gate();
    const behind = await service({ extra: [slow.row], graceMs: 500 });
    const through = await gateway(behind.server.url, { extra: [slow.row], graceMs: 500 });
    const socket = await dial(through.server.url);
    const atGateway = nextResponse();
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await atGateway;
    const atService = nextResponse();
    await slow.entered;
    const response = await atService;
    socket.resetAndDestroy();
    await eventually(() => response.closed, 'the service to notice');
    slow.open();
    const line = await eventually(
      () => behind.log.find(({ msg }) => msg === 'request'),
      'the line of the request',
    );
    expect(line).to.include({ status: 499 });
  });

  it('A request through the gateway reaches a service that refuses everybody else', async () => {
    const behind = await service();
    const others: Readonly<Record<string, string>>[] = [
      {},
      AS_ADMIN,
      { 'Portico-Caller': 'x' },
      { 'Portico-Caller': tokensOf('gateway').issue('other', { actor: null, address: '192.0.2.1' }) },
    ];
    for (const headers of others) {
      const { status, text } = await answerTo(behind.server.url, { path: `/things/${KNOWN}`, headers });
      expect([status, (JSON.parse(text) as { code: string }).code]).to.deep.equal([403, 'services_only']);
    }
    expect((await answerTo(behind.server.url, { path: '/livez' })).status).to.equal(200);
  });

  it('A request through the gateway comes from the address in its token, and without one from that of its connection', async () => {
    const behind = await service();
    const token = tokensOf('gateway').issue('planted', { actor: null, address: '192.0.2.1' });
    const claimed = { 'X-Forwarded-For': '203.0.113.9' };
    await answerTo(behind.server.url, { path: '/things', headers: { ...claimed, 'Portico-Caller': token } });
    await answerTo(behind.server.url, { path: '/things', headers: claimed });
    const lines = () => behind.log.filter(({ path }) => path === '/things');
    await eventually(() => lines().length === 2, 'both requests in the log');
    expect(lines().map(({ status, ip }) => [status, ip])).to.have.deep.members([
      [200, '192.0.2.1'],
      [403, '127.0.0.1'],
    ]);
  });

  it('A request through the gateway with two lengths, or a length and chunks, reaches no service', async () => {
    const { url, heads } = await scripted(() => 'HTTP/1.1 204 No Content\r\n\r\n');
    const through = await gateway(url);
    const head = 'POST /things HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user\r\nConnection: close\r\n';
    for (const fields of [
      'Content-Length: 3\r\nContent-Length: 4',
      'Content-Length: 3\r\nTransfer-Encoding: chunked',
      'Transfer-Encoding: chunked, identity',
      'Transfer-Encoding: xchunked',
      'Transfer-Encoding : chunked',
    ])
      expect(await speak(through.server.url, `${head}${fields}\r\n\r\n{}\r\n`), fields).to.match(
        /^HTTP\/1\.1 (?:400|501)/,
      );
    expect(heads).to.deep.equal([]);
  });

  it('A request through the gateway that only reads is answered although it has a body, also when it is sent once more', async () => {
    const asked = `GET /things/${KNOWN} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`;
    const behind = await service();
    const through = await gateway(behind.server.url);
    expect(await speak(through.server.url, asked)).to.match(/^HTTP\/1\.1 200/);
    const { url, heads } = await scripted((at) => (at === 0 ? null : 'HTTP/1.1 204 No Content\r\n\r\n'));
    const again = await gateway(url);
    expect(await speak(again.server.url, asked)).to.match(/^HTTP\/1\.1 204/);
    expect(heads).to.have.length(2);
    for (const head of heads) expect(head).not.to.match(/content-length|transfer-encoding/i);
  });

  it('A request through the gateway whose body comes in chunks arrives whole', async () => {
    const behind = await service();
    const through = await gateway(behind.server.url);
    const chunks = [THING.slice(0, 5), THING.slice(5)].map(
      (part) => `${part.length.toString(16)}\r\n${part}\r\n`,
    );
    const said = await speak(
      through.server.url,
      [
        'POST /things HTTP/1.1',
        'Host: x',
        'Authorization: Bearer user',
        'Content-Type: application/json',
        'Transfer-Encoding: chunked',
        'Connection: close',
        '',
        `${chunks.join('')}0\r\n\r\n`,
      ].join('\r\n'),
    );
    expect(said).to.match(/^HTTP\/1\.1 201/);
    expect([...behind.things.values()].map(({ name }) => name)).to.deep.equal(['Lamp', 'Chair']);
  });

  describe('of a service that does not respond', () => {
    const ask = async (through: PlantedGateway, asked: Asked = { path: `/things/${KNOWN}` }) => {
      const { status, fields, text } = await answerTo(through.server.url, asked);
      return { status, fields, code: text.startsWith('{"type"') && (JSON.parse(text) as Problem).code };
    };
    const change: Asked = {
      method: 'POST',
      path: '/things',
      headers: { ...JSON_TYPE, ...AS_USER },
      body: THING,
    };

    it('A request through the gateway is refused at once after five attempts that got no response', async () => {
      const { url, heads } = await scripted(() => null);
      const through = await gateway(url);
      for (let at = 0; at < 5; at += 1) expect((await ask(through, change)).code).to.equal('outcome_unknown');
      for (const asked of [change, { path: `/things/${KNOWN}` }]) {
        const { status, fields, code } = await ask(through, asked);
        expect([status, code]).to.deep.equal([503, 'service_unavailable']);
        expect(fields).to.include({ 'retry-after': '5' });
      }
      expect(heads).to.have.length(5);
      const { text } = await answerTo(through.server.url, { path: '/metrics' });
      expect(text).to.contain('service_circuit_state{service="planted",state="open"} 1');
      expect(text).to.contain('service_circuit_state{service="planted",state="closed"} 0');
      expect(text).to.contain('service_attempts_refused_total{service="planted"} 2');
    });

    it('A request through the gateway is refused at once after five time-outs', async () => {
      const { url, heads } = await scripted(() => '');
      const through = await gateway(url, {}, { headersTimeoutMs: 100 });
      await Promise.all(Array.from({ length: 5 }, () => ask(through)));
      expect((await ask(through)).code).to.equal('service_unavailable');
      expect(heads).to.have.length(5);
    });

    it('A request through the gateway reaches the service again soon after that responds', async () => {
      let isUp = false;
      const { url } = await scripted(() => (isUp ? 'HTTP/1.1 204 No Content\r\n\r\n' : null));
      const circuit = testCircuit({ pauseMs: 20 });
      const through = await gateway(url, {}, {}, circuit);
      for (let at = 0; at < 5; at += 1) await ask(through, change);
      isUp = true;
      await eventually(async () => (await ask(through)).status === 204, 'the service to be reached');
      expect(circuit.state()).to.equal('closed');
    });

    it('A request through the gateway that is responded with an error is no failure of the service', async () => {
      const { url, heads } = await scripted(
        () => 'HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n',
      );
      const through = await gateway(url);
      for (let at = 0; at < 8; at += 1) expect((await ask(through)).status).to.equal(500);
      expect(heads).to.have.length(8);
    });

    it('A request through the gateway whose client hangs up is no failure of the service', async () => {
      const { url, heads } = await scripted(() => '');
      const circuit = testCircuit();
      const through = await gateway(url, {}, {}, circuit);
      for (let at = 1; at <= 8; at += 1) {
        const leaving = new AbortController();
        const asking = fetch(`${through.server.url}/things/${KNOWN}`, { signal: leaving.signal });
        await eventually(() => heads.length === at, 'the request to arrive');
        leaving.abort();
        await asking.catch(() => undefined);
        await eventually(
          () => through.log.filter(({ status }) => status === 499).length === at,
          'the gateway to notice',
        );
      }
      expect(circuit.state()).to.equal('closed');
    });

    it('A request through the gateway closes the circuit when its response begins, however long that is', async () => {
      let isUp = false;
      const { url } = await scripted(() =>
        isUp ? 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345' : null,
      );
      const circuit = testCircuit({ pauseMs: 20 });
      const through = await gateway(url, {}, {}, circuit);
      for (let at = 0; at < 5; at += 1) await ask(through, change);
      isUp = true;
      await eventually(() => circuit.state() === 'half_open', 'the time for a probe');
      const { status, body } = await fetch(`${through.server.url}/things/${KNOWN}`);
      expect([status, circuit.state()]).to.deep.equal([200, 'closed']);
      await body?.cancel();
    });
  });
});
