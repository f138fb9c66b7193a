import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenApiDocument } from '#src/platform/http/openapi/document.js';
import { client } from '../support/http-client.js';
import { eventually } from '../support/eventually.js';
import { startServer, type RunningShop } from '../support/server-process.js';
import { noContent, webhookReceiver } from '../support/webhook-receiver.js';

const openApi = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as OpenApiDocument;

const ADMIN = { login: 'owner@shop.test', password: 'an owner needs a password' };

describe('Webhooks of a server that is killed', () => {
  it('Webhooks of a server that is killed between commit and delivery are sent by the next one, none too few and none that was not committed', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'portico-webhooks-'));
    // It takes requests, and responds to none until the server has been killed.
    const receiver = await webhookReceiver(() => undefined);
    const start = (): Promise<RunningShop> =>
      startServer({
        cwd,
        environment: {
          ...{ ADMIN_EMAIL: ADMIN.login, ADMIN_PASSWORD: ADMIN.password, DEMO_DATA: 'false' },
          WEBHOOKS_ALLOW_PRIVATE_TARGETS: 'true',
        },
      });
    const first = await start();
    const http = client(first.url, openApi);
    const token = (await http.post('/auth/login', { json: ADMIN })).body.accessToken as string;
    const endpoint = { url: receiver.url, eventTypes: ['category.created'] };
    expect((await http.post('/webhooks', { token, json: endpoint })).status).to.equal(201);
    const committed: string[] = [];
    const create = async (n: number): Promise<void> => {
      const { status, body } = await http.post('/categories', { token, json: { name: `Kind ${String(n)}` } });
      if (status === 201) committed.push(body.id as string);
    };
    for (let n = 0; n < 12; n += 1) await create(n);
    await eventually(() => receiver.received.length > 0, 'a delivery in flight');
    const late = Promise.allSettled(Array.from({ length: 12 }, (_, n) => create(100 + n)));
    await eventually(() => committed.length > 12, 'some more');
    first.process.kill('SIGKILL');
    await Promise.all([first.ended, late]);

    const before = receiver.received.length;
    receiver.respond(noContent);
    const second = await start();
    const sent = () =>
      new Set(receiver.received.slice(before).map(({ message }) => message.data['categoryId']));
    // What was in flight is leased until the first server can no longer be sending it: 40 seconds.
    await eventually(() => committed.every((id) => sent().has(id)), 'all that was committed', 150_000);
    const again = client(second.url, openApi);
    const stored = (await again.get('/categories?limit=100')).body.items as readonly {
      readonly id: string;
    }[];
    expect([...sent()].filter((id) => !stored.some((category) => category.id === id))).to.deep.equal([]);
    for (const { headers, message } of receiver.received) expect(headers['webhook-id']).to.equal(message.id);
    expect(await second.stop()).to.include({ code: 0 });
    await receiver.close();
    await rm(cwd, { recursive: true });
  }).timeout(300_000);
});
