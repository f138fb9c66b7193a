import { createSecretKey, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { SCOPES } from '#src/kernel/actor.js';
import { lintTable } from '#src/platform/http/routes/lint-table.js';
import { processCounter } from '#src/platform/limits/process-counter.js';
import type { Received } from '../../support/http-client.js';
import { expectProblem } from '../../support/shopping.js';
import { ACTORS, KNOWN, startPlanted, type PlantedApp } from './planted-app.js';
import { startGateway, startService } from './services/planted-gateway.js';

const challenge = ({ headers }: Received): string | undefined => headers['www-authenticate'];

/** The planted shop as clients see it, and as it handles their requests. */
interface Shape {
  readonly front: PlantedApp;
  readonly back: PlantedApp;
  readonly close: () => Promise<void>;
}

const SHAPES: Readonly<Record<string, () => Promise<Shape>>> = {
  'in one process': async () => {
    const app = await startPlanted();
    return { front: app, back: app, close: () => app.server.close() };
  },
  'behind a gateway': async () => {
    const back = await startService();
    const front = await startGateway(back.server.url);
    return {
      ...{ front, back },
      close: async () => {
        await front.close();
        await back.server.close();
      },
    };
  },
};

for (const [name, open] of Object.entries(SHAPES)) {
  describe(`API keys at a shop ${name}`, () => {
    let shape: Shape;
    beforeEach(async () => {
      shape = await open();
    });
    afterEach(() => shape.close());

    const rename = (token: string): Promise<Received> =>
      shape.front.client.patch(`/things/${KNOWN}`, { token, json: { name: 'Torch' } });

    it(`A key with the scope of a call makes it, ${name}, and the audit log names the key`, async () => {
      expect((await rename('editor')).status).to.equal(200);
      expect(shape.back.things.get(KNOWN)?.name).to.equal('Torch');
      expect(shape.back.told).to.have.length(1);
      expect(shape.back.told[0]).to.include({
        actor: ACTORS.editor.id,
        actorType: 'api_key',
        action: 'thing.renamed',
      });
    });

    it(`A key without the scope of a call gets 403 and is told which scope that is, ${name}`, async () => {
      const refused = await rename('reader');
      expectProblem(refused, 403, 'insufficient_scope');
      expect(refused.body.scope).to.equal('catalog:write');
      expect(challenge(refused)).to.equal('Bearer error="insufficient_scope", scope="catalog:write"');
      expect(shape.back.things.get(KNOWN)?.name).to.equal('Lamp');
    });

    it(`A call without a scope is closed to every key, ${name}`, async () => {
      for (const token of ['editor', 'other editor', 'reader']) {
        const refused = await shape.front.client.delete(`/things/${KNOWN}`, { token });
        expectProblem(refused, 403, 'user_required');
        expect(challenge(refused)).to.equal('Bearer error="insufficient_scope"');
        expectProblem(await shape.front.client.get('/things/newest', { token }), 403, 'user_required');
      }
      expect(shape.back.things.has(KNOWN)).to.equal(true);
    });

    it(`A scope changes nothing for users, ${name}`, async () => {
      const refused = await rename('user');
      expectProblem(refused, 403, 'forbidden');
      expect(challenge(refused)).to.equal(undefined);
      expect((await rename('admin')).status).to.equal(200);
      expect(shape.back.told[0]).to.include({ actor: ACTORS.admin.id, actorType: 'user' });
    });

    it(`What anyone may read needs no scope, and no valid key, ${name}`, async () => {
      for (const token of ['reader', 'no such key'])
        expect((await shape.front.client.get(`/things/${KNOWN}`, { token })).status).to.equal(200);
    });

    it(`Two callers with the same Idempotency-Key do not meet, ${name}`, async () => {
      const add = (token: string, thing: string): Promise<Received> =>
        shape.front.client.post('/things', {
          token,
          json: { name: thing, price: 1 },
          headers: { 'Idempotency-Key': 'the same' },
        });
      const added = [await add('editor', 'Cup'), await add('other editor', 'Mug'), await add('user', 'Jug')];
      expect(added.map(({ status, body }) => [status, body.name] as const)).to.deep.equal([
        [201, 'Cup'],
        [201, 'Mug'],
        [201, 'Jug'],
      ]);
      const again = await add('editor', 'Cup');
      expect([again.status, again.headers['idempotent-replayed'], again.body.id]).to.deep.equal([
        201,
        'true',
        added[0]?.body.id,
      ]);
      expectProblem(await add('editor', 'Mug'), 422, 'idempotency_key_reused');
    });
  });
}

describe('The rate limit of API keys', () => {
  const limited = () => {
    const counter = processCounter();
    return startPlanted({
      counters: { secret: createSecretKey(randomBytes(32)), general: counter, tight: counter },
      config: { requestsPerMinute: 5 },
    });
  };

  it('An API key has a quota of its own beside that of its address', async () => {
    const { client, server } = await limited();
    try {
      const rename = (token: string) => client.patch(`/things/${KNOWN}`, { token, json: {} });
      const first = await rename('editor');
      expect(first.headers['ratelimit-policy']).to.equal('"default";q=5;w=60, "key";q=5;w=60');
      expect(first.headers['ratelimit']).to.match(/^"default";r=4;t=\d+, "key";r=4;t=\d+$/);
      const other = await rename('other editor');
      expect(other.headers['ratelimit']).to.match(/^"default";r=3;t=\d+, "key";r=4;t=\d+$/);
      const user = await rename('admin');
      expect(user.headers['ratelimit']).to.match(/^"default";r=2;t=\d+, "user";r=4;t=\d+$/);
    } finally {
      await server.close();
    }
  });
});

describe('Scopes in the route table', () => {
  it('A route for anyone with a scope stops the start', async () => {
    const { app, server } = await startPlanted();
    await server.close();
    const contradictory = app.table.map((route) =>
      route.operationId === 'getThing' ? { ...route, scope: SCOPES[0] } : route,
    );
    expect(() => {
      lintTable(contradictory);
    }).to.throw('getThing: what anyone may call needs no scope');
  });
});
