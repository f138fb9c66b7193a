import { expect } from 'chai';
import { errorCatalogue, isDomainError, type DomainError } from '#src/kernel/errors.js';
import { operationRoute, type Operation } from '#src/platform/http/services/operation.js';
import { serviceClient, type ServiceClientOptions } from '#src/platform/http/services/service-client.js';
import { array, integer, object, string } from '#src/platform/schema/schema.js';
import { testCircuit } from '../../../support/test-circuit.js';
import type { PlantedApp } from '../planted-app.js';
import { startService, tokensOf } from './planted-gateway.js';
import { scriptedService } from './scripted-service.js';

const fail = errorCatalogue({ out_of_hats: ['conflict', 'There are no hats left.'] });

const HATS: Operation<{ readonly names: readonly string[] }, { readonly hats: readonly number[] }> = {
  name: 'findHats',
  summary: 'Find hats',
  request: object('HatsRequest', { names: array(string()) }),
  response: object('HatsResponse', { hats: array(integer()) }),
  errors: fail.pick('out_of_hats'),
};

const OK = (body: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

describe('A call of another process', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const client = (origin: string, options: Partial<ServiceClientOptions> = {}) => {
    const asking = serviceClient({
      ...{ service: 'planted', origin, tokens: tokensOf('other'), circuit: testCircuit() },
      ...options,
    });
    closing.push(() => asking.close());
    return asking;
  };
  const scripted = async (...given: Parameters<typeof scriptedService>) => {
    const service = await scriptedService(...given);
    closing.push(service.close);
    return service;
  };
  const answered = async (
    answer: (request: { readonly names: readonly string[] }) => Promise<{ readonly hats: readonly number[] }>,
  ): Promise<PlantedApp> => {
    const service = await startService({ extra: [operationRoute(HATS, answer)] });
    closing.push(() => service.server.close());
    return service;
  };
  const ask = (origin: string, options: Partial<ServiceClientOptions> = {}) =>
    client(origin, options).call(HATS, { names: ['bowler', 'top'] });
  const refusalOf = async (asking: Promise<unknown>): Promise<DomainError> => {
    const error: unknown = await asking.catch((thrown: unknown) => thrown);
    if (!isDomainError(error)) throw new Error('no refusal', { cause: error });
    return error;
  };

  it('A call of another process returns its response', async () => {
    const service = await answered(({ names }) =>
      Promise.resolve({ hats: names.map(({ length }) => length) }),
    );
    expect(await ask(service.server.url)).to.deep.equal({ hats: [6, 3] });
  });

  it('A call of another process fails with its refusal and the details of that', async () => {
    const service = await answered(() => Promise.reject(fail('out_of_hats', { left: 0 })));
    const { kind, code, message, details } = await refusalOf(ask(service.server.url));
    expect({ kind, code, message, details }).to.deep.equal({
      kind: 'conflict',
      code: 'out_of_hats',
      message: 'There are no hats left.',
      details: { left: 0 },
    });
  });

  it('A call of another process that does not know the operation is an outage and no refusal', async () => {
    const service = await startService();
    closing.push(() => service.server.close());
    const { code, cause } = await refusalOf(ask(service.server.url, { attempts: 1 }));
    expect(code).to.equal('service_unavailable');
    expect(String(cause)).to.contain('planted responded to findHats with 404');
  });

  it('A call of another process with a token for another service is refused', async () => {
    const service = await answered(() => Promise.resolve({ hats: [] }));
    const { code } = await refusalOf(ask(service.server.url, { service: 'other', attempts: 1 }));
    expect(code).to.equal('service_unavailable');
  });

  it('A call of another process is repeated when its response is lost, three attempts in all', async () => {
    const { url, heads } = await scripted((at) => (at < 2 ? null : OK('{"hats":[1]}')));
    expect(await ask(url)).to.deep.equal({ hats: [1] });
    expect(heads).to.have.length(3);
    const lost = await scripted(() => null);
    expect((await refusalOf(ask(lost.url))).code).to.equal('service_unavailable');
    expect(lost.heads).to.have.length(3);
  });

  it('A call of another process is an outage when the process is away, silent, or sends no valid response', async () => {
    const away = await scripted(() => null);
    await away.close();
    const silent = await scripted(() => '');
    const wrong = [OK('{"hats":"none"}'), OK('hats'), OK('[]'), 'HTTP/1.1 204 No Content\r\n\r\n'];
    const urls = [away.url, silent.url];
    for (const words of wrong) urls.push((await scripted(() => words)).url);
    for (const url of urls) {
      const { kind, code, cause } = await refusalOf(ask(url, { attempts: 1, timeoutMs: 100 }));
      expect([kind, code]).to.deep.equal(['unavailable', 'service_unavailable']);
      expect(cause).to.be.instanceOf(Error);
    }
  });

  it('A call of another process that hangs waits for nothing once five attempts were in vain', async () => {
    const silent = await scripted(() => '');
    const asking = client(silent.url, { attempts: 1, timeoutMs: 50 });
    const call = () => refusalOf(asking.call(HATS, { names: [] }));
    await Promise.all(Array.from({ length: 5 }, call));
    const { code, cause } = await call();
    expect([code, cause]).to.deep.equal(['service_unavailable', undefined]);
    expect(silent.heads).to.have.length(5);
  });

  it('A call of another process is not repeated after its circuit has opened', async () => {
    const lost = await scripted(() => null);
    const asking = client(lost.url, { attempts: 100 });
    expect((await refusalOf(asking.call(HATS, { names: [] }))).code).to.equal('service_unavailable');
    expect(lost.heads).to.have.length(5);
  });

  it('A call of another process opens no circuit when that one responds, whatever it responds', async () => {
    for (const words of [OK('hats'), 'HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}']) {
      const { url, heads } = await scripted(() => words);
      const asking = client(url, { attempts: 1 });
      for (let made = 0; made < 8; made += 1) await refusalOf(asking.call(HATS, { names: [] }));
      expect(heads).to.have.length(8);
    }
  });
});
