import { expect } from 'chai';
import {
  authenticationRoute,
  remoteAuthentication,
} from '#src/contexts/accounts/adapters/services/authentication.js';
import type { Actor, KeyActor } from '#src/kernel/actor.js';
import { isDomainError } from '#src/kernel/errors.js';
import { EXAMPLE_API_KEY } from '#src/kernel/examples.js';
import type { Authenticate } from '#src/platform/http/pipeline/access.js';
import { serviceClient } from '#src/platform/http/services/service-client.js';
import { startService, tokensOf } from '../platform/http/services/planted-gateway.js';
import { newId } from '../support/builders/ids.js';
import { testCircuit } from '../support/test-circuit.js';

const ana: Actor = {
  id: newId(),
  sessionId: newId(),
  role: 'customer',
  authenticatedAt: new Date('2026-05-01T11:00:00.123Z'),
};
const bea: Actor = { ...ana, id: newId(), sessionId: newId(), role: 'admin' };
const key: KeyActor = { id: newId(), scopes: ['catalog:read', 'orders:write'] };
const TOKENS: Readonly<Record<string, Actor | KeyActor>> = { 'a.n.a': ana, 'b.e.a': bea, 'k.e.y': key };

describe('Authentication by another process', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  /** Calls a process that knows three tokens; `asked` are the tokens that it received, `calls` counts the calls. */
  const start = async (authenticate: Authenticate = (token) => Promise.resolve(TOKENS[token] ?? null)) => {
    const asked: string[] = [];
    const service = await startService({
      extra: [
        authenticationRoute((token) => {
          asked.push(token);
          return authenticate(token);
        }),
      ],
    });
    closing.push(() => service.server.close());
    const asking = serviceClient({
      service: 'planted',
      origin: service.server.url,
      tokens: tokensOf('gateway'),
      circuit: testCircuit(),
    });
    closing.push(() => asking.close());
    const calls = () => service.log.filter(({ path }) => path === '/internal/authenticate').length;
    return { authenticate: remoteAuthentication(asking), asked, calls, service };
  };

  it('Authentication by another process returns the caller of a token, and null for one that is not valid', async () => {
    const { authenticate } = await start();
    expect(await authenticate('a.n.a')).to.deep.equal(ana);
    expect(await authenticate('n.o.ne')).to.equal(null);
  });

  it('Authentication by another process takes one call for all tokens of a turn, with each token once', async () => {
    const { authenticate, asked, calls } = await start();
    const given = ['b.e.a', 'n.o.ne', 'a.n.a', 'b.e.a'];
    expect(await Promise.all(given.map(authenticate))).to.deep.equal([bea, null, ana, bea]);
    expect(asked).to.deep.equal(['b.e.a', 'n.o.ne', 'a.n.a']);
    expect(calls()).to.equal(1);
  });

  it('Authentication by another process returns keys and users of one turn, each to its own request', async () => {
    const { authenticate, calls } = await start();
    const given = ['k.e.y', 'a.n.a', 'n.o.ne', 'k.e.y', 'b.e.a'];
    expect(await Promise.all(given.map(authenticate))).to.deep.equal([key, ana, null, key, bea]);
    expect(calls()).to.equal(1);
  });

  it('Authentication for a gateway of the version before, which knows no keys, responds as it did', async () => {
    const { service } = await start();
    const asked = await service.client.post('/internal/authenticate', {
      json: { tokens: ['a.n.a', 'n.o.ne'] },
      headers: { 'Portico-Caller': tokensOf('gateway').issue('planted', { actor: null, address: '' }) },
    });
    expect(Object.keys(asked.body as object)).to.deep.equal(['actors']);
  });

  it('Authentication by another process calls again for a request that arrives while a call is in flight', async () => {
    let valid = true;
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    let enter = (): void => undefined;
    const entered = new Promise<void>((resolve) => (enter = resolve));
    const { authenticate } = await start(async () => {
      const found = valid ? ana : null;
      enter();
      await answered;
      return found;
    });
    const before = authenticate('a.n.a');
    await entered;
    valid = false; // a log-out is confirmed
    const after = authenticate('a.n.a');
    answer();
    expect(await Promise.all([before, after])).to.deep.equal([ana, null]);
  });

  it('Authentication by another process sends nothing that cannot be a token', async () => {
    const { authenticate, asked } = await start();
    const wrong = ['', 'x', 'a.n', 'a.n.a.x', 'a.n.\u00e4', `a.n.${'a'.repeat(4000)}`, 'a.n.a\t', ' '];
    expect(await Promise.all(wrong.map(authenticate))).to.deep.equal(wrong.map(() => null));
    expect(asked).to.deep.equal([]);
  });

  it('Authentication by another process sends an API key, and no text that only looks like one', async () => {
    const { authenticate, asked } = await start();
    const { secret } = EXAMPLE_API_KEY;
    const wrong = [secret.slice(0, -1), `${secret}0`, secret.toLowerCase(), `x${secret}`];
    expect(await Promise.all([secret, ...wrong].map(authenticate))).to.deep.equal(
      [secret, ...wrong].map(() => null),
    );
    expect(asked).to.deep.equal([secret]);
  });

  it('Authentication by another process that is away is an outage, and no caller counts as logged out', async () => {
    const { authenticate, service } = await start();
    await service.server.close();
    const error: unknown = await authenticate('a.n.a').catch((thrown: unknown) => thrown);
    expect(isDomainError(error) && error.code).to.equal('service_unavailable');
  });
});
