import { expect } from 'chai';
import { deliverEvent } from '#src/contexts/webhooks/application/deliver-event.js';
import { purgeAttempts, resealSecrets } from '#src/contexts/webhooks/application/maintain.js';
import { sealedSecrets } from '#src/contexts/webhooks/adapters/crypto/sealed-secrets.js';
import type { Send } from '#src/contexts/webhooks/application/ports.js';
import { PING } from '#src/contexts/webhooks/domain/event-types.js';
import type { EndpointId } from '#src/contexts/webhooks/domain/ids.js';
import {
  FAILING_MS,
  LOG_MS,
  MAX_ENDPOINTS,
  MAX_FORMER_SECRETS,
  ROTATION_MS,
} from '#src/contexts/webhooks/domain/limits.js';
import { createPrivateKey } from 'node:crypto';
import { generateSigningKey } from '#src/contexts/accounts/module.js';
import { newId } from '../support/builders/ids.js';
import { anEvent } from '../support/builders/outbox.js';
import { anAttempt } from '../support/builders/webhooks.js';
import { testShop, type ShopUnderTest } from '../support/test-shop.js';
import { hooksOf } from '../support/webhooks.js';

const URL = 'https://receiver.example/hooks';
const patient = new AbortController().signal;
const FIRST = { number: 1, isLast: false };

/** Without a relay: a test delivers by itself. */
const noRelay = { start: () => undefined, wake: () => undefined, stop: () => Promise.resolve() };

describe('Webhook endpoints over HTTP', () => {
  let shop: ShopUnderTest;
  beforeEach(async () => {
    shop = await testShop({ overrides: { relay: () => noRelay } });
  });
  afterEach(() => shop.close());

  const hooks = () => hooksOf(shop);
  const admin = (json?: object) => ({ token: shop.adminToken, ...(json !== undefined && { json }) });
  const post = (json: object) => shop.post('/webhooks', admin(json));
  const webhooks = () => shop.shop.parts.contexts.webhooks;
  const find = async (id: string) => {
    const found = await webhooks().queries.endpoints.find(id as EndpointId);
    return found ?? expect.fail(`no endpoint ${id}`);
  };
  const subscriptionOf = async (id: string) =>
    (await shop.shop.parts.persistence.outside.outbox.backlogs()).find(({ subscriber }) =>
      subscriber.endsWith(id),
    )?.types;

  it('Webhook endpoints show their secret when they are created and when it is rotated, and never again', async () => {
    const { id, secret } = await hooks().create(URL, ['order.placed']);
    const { secret: rotated } = await hooks().rotate(id);
    const seen = JSON.stringify([
      await hooks().get(id),
      (await shop.get('/webhooks', admin())).body,
      (await hooks().change(id, { description: 'Other' })).body,
      (await shop.get('/audit-log?limit=100', admin())).body,
      await find(id),
    ]);
    for (const each of [secret, rotated]) expect(seen).not.to.include(each.slice(6));
  });

  it('Webhook endpoints are refused for a target that events are never sent to, also when they are changed', async () => {
    const { id } = await hooks().create(URL, []);
    for (const url of ['http://receiver.example/', 'https://127.0.0.1/', 'https://a:b@receiver.example/']) {
      for (const answer of [await post({ url, eventTypes: [] }), await hooks().change(id, { url })])
        expect([answer.status, answer.body.code]).to.deep.equal([422, 'webhook_target_refused']);
    }
    expect(await hooks().get(id)).to.include({ url: URL });
  });

  it('Webhook endpoints have any http URL that a browser accepts, in its normal form', async () => {
    const FORMS = [
      ['HTTPS://EXAMPLE.com/x', 'https://example.com/x'],
      ['https://bücher.example', 'https://xn--bcher-kva.example/'],
      [' https://receiver.example:443/a b?c=ü ', 'https://receiver.example/a%20b?c=%C3%BC'],
    ] as const;
    for (const [given, url] of FORMS) {
      const { id } = await hooks().create(given, []);
      expect(await hooks().get(id)).to.include({ url });
      expect((await hooks().change(id, { url: given })).body).to.include({ url });
    }
    const escaped = `https://receiver.example/${'ü'.repeat(400)}`;
    for (const url of ['receiver.example', 'ftp://receiver.example/', 'https://', '', escaped]) {
      const { status, body } = await post({ url, eventTypes: [] });
      expect([status, body.code, body.errors?.[0].pointer], url).to.deep.equal([422, 'invalid_body', '/url']);
    }
  });

  it('Webhook endpoints stay as they are, in their version and without an entry in the audit log, if a PATCH changes nothing', async () => {
    const { id } = await hooks().create(URL, ['order.placed']);
    await hooks().change(id, { enabled: false });
    const before = await find(id);
    const { updatedAt: _updatedAt, ...shown } = await hooks().get(id);
    for (const json of [{}, shown, { enabled: false }, { eventTypes: ['order.placed'] }]) {
      const { status, body } = await hooks().change(id, json);
      expect([status, body]).to.deep.equal([200, await hooks().get(id)]);
    }
    expect(await find(id)).to.deep.equal(before);
    const { items } = (await shop.get('/audit-log?action=webhook.changed', admin())).body;
    expect(items).to.have.length(1);
  });

  it('Webhook endpoints are changed in any other way while their URL is one that is not allowed any more', async () => {
    const { id } = await hooks().create(URL, []);
    const { transact } = shop.storeOf('webhooks');
    const url = 'http://10.0.0.1/';
    const endpoint = await find(id);
    await transact(({ webhookEndpoints }) => webhookEndpoints.update({ ...endpoint, url, version: 2 }));
    const repeated = await hooks().change(id, { ...(await hooks().get(id)), description: 'Other' });
    expect([repeated.status, repeated.body.description]).to.deep.equal([200, 'Other']);
    const other = await hooks().change(id, { url: 'http://10.0.0.2/' });
    expect([other.status, other.body.code]).to.deep.equal([422, 'webhook_target_refused']);
  });

  it('Webhook endpoints are refused with types that do not exist, and have each type once', async () => {
    for (const eventTypes of [
      ['order.lost'],
      ['user.created'],
      ['webhook_ping.requested'],
      'order.placed',
      null,
    ])
      expect((await post({ url: URL, eventTypes })).status).to.equal(422);
    const types = ['order.placed', 'product.created', 'order.placed'];
    const { body } = await post({ url: URL, eventTypes: types });
    expect(body.eventTypes).to.deep.equal(['order.placed', 'product.created']);
  });

  it('Webhook endpoints have a maximum', async () => {
    for (let made = 0; made < MAX_ENDPOINTS; made += 1) await hooks().create(URL, []);
    const { status, body } = await post({ url: URL, eventTypes: [] });
    expect([status, body.code, body.limit]).to.deep.equal([409, 'webhook_limit_reached', MAX_ENDPOINTS]);
  });

  it('Webhook endpoints are subscribed to what they have chosen while they are enabled, and to nothing else', async () => {
    const { id } = await hooks().create(URL, ['order.placed']);
    expect(await subscriptionOf(id)).to.include.members(['order.placed', 'webhook_order.placed']);
    expect(await subscriptionOf(id)).not.to.include('product.created');
    await hooks().change(id, { eventTypes: ['product.created'] });
    expect(await subscriptionOf(id))
      .to.include('product.created')
      .and.not.to.include('order.placed');
    const disabled = await hooks().change(id, { enabled: false });
    expect(disabled.body).to.include({ enabled: false, disabledReason: 'administrator' });
    expect(await subscriptionOf(id)).to.deep.equal([]);
    await hooks().change(id, { enabled: true });
    expect(await subscriptionOf(id)).to.include('product.created');
    await hooks().remove(id);
    expect(await subscriptionOf(id)).to.equal(undefined);
  });

  it('Webhook endpoints that are disabled refuse pings and redeliveries, and unknown ones everything', async () => {
    const { id } = await hooks().create(URL, []);
    await hooks().change(id, { enabled: false });
    const range = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
    const codesOf = async (endpoint: string): Promise<readonly unknown[]> => [
      (await hooks().ping(endpoint)).body.code as unknown,
      (await hooks().redeliver(endpoint, newId())).body.code as unknown,
      (await hooks().redeliverRange(endpoint, range)).body.code as unknown,
    ];
    expect(await codesOf(id)).to.deep.equal(Array(3).fill('webhook_disabled'));
    expect(await codesOf(newId())).to.deep.equal(Array(3).fill('webhook_not_found'));
    await hooks().change(id, { enabled: true });
    expect((await hooks().redeliver(id, newId())).body.code).to.equal('webhook_event_not_found');
  });

  /** Returns the redeliveries that wait to be dispatched. */
  const requested = async (): Promise<readonly string[]> => {
    const events = await shop.storeOf('webhooks').transact(({ outbox }) => outbox.dispatch(1000));
    return events
      .filter(({ type }) => type === 'webhook_redelivery.requested')
      .map(({ data }) => String(data['eventId']));
  };

  it('Webhook endpoints are sent the events of a period again, each once and by its latest attempt, part by part', async () => {
    const { id } = await hooks().create(URL, []);
    const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
    const logged = (eventId: string, second: number, outcome: 'delivered' | 'failed' | 'dead_lettered') =>
      shop
        .storeOf('webhooks')
        .transact(({ webhookAttempts }) =>
          webhookAttempts.add(
            anAttempt({ endpointId: id as EndpointId, eventId: eventId as never, at: at(second), outcome }),
          ),
        );
    const events = Array.from({ length: 130 }, () => newId<never>() as string);
    for (const [index, event] of events.entries()) {
      await logged(event, index, 'failed');
      if (index % 2 === 0) await logged(event, 200 + index, 'delivered');
    }
    const range = { from: at(0).toISOString(), to: at(330).toISOString() };
    const parts: number[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`;
      const { status, body } = await shop.post(`/webhooks/${id}/deliveries/redeliver${query}`, admin(range));
      expect(status).to.equal(202);
      parts.push(body.redelivered as number);
      cursor = body.nextCursor as string | null;
    } while (cursor !== null);
    expect([parts.length, parts.reduce((a, b) => a + b)]).to.deep.equal([2, 130]);
    expect((await requested()).toSorted()).to.deep.equal(events.toSorted());
    const failed = await hooks().redeliverRange(id, { ...range, outcome: 'failed' });
    expect(failed.body.redelivered).to.be.within(35, 65); // of the first hundred attempts
    const none = { from: at(0).toISOString(), to: at(0).toISOString() };
    expect((await hooks().redeliverRange(id, none)).body).to.deep.equal({ redelivered: 0, nextCursor: null });
  });

  it('Webhook endpoints are sent no ping of a period again, but each ping by its id', async () => {
    const { id } = await hooks().create(URL, []);
    const at = new Date('2026-01-01T12:00:00Z');
    const ping = { endpointId: id as EndpointId, eventType: PING, at };
    const attempts = [anAttempt(ping), anAttempt({ endpointId: id as EndpointId, at })] as const;
    const { transact } = shop.storeOf('webhooks');
    for (const attempt of attempts) await transact((ports) => ports.webhookAttempts.add(attempt));
    const range = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
    expect((await hooks().redeliverRange(id, range)).body).to.include({ redelivered: 1 });
    expect(await requested()).to.deep.equal([attempts[1].eventId]);
    expect((await hooks().redeliver(id, attempts[0].eventId)).status).to.equal(202);
    expect(await requested()).to.deep.equal([attempts[0].eventId]);
  });

  it('Webhook endpoints refuse a period that ends before it begins', async () => {
    const { id } = await hooks().create(URL, []);
    const range = { from: '2026-01-02T00:00:00Z', to: '2026-01-01T23:59:59.999Z' };
    const { status, body } = await hooks().redeliverRange(id, range);
    expect([status, body.code, body.errors]).to.deep.equal([
      422,
      'invalid_body',
      [{ pointer: '/to', detail: 'The to must not be before from.' }],
    ]);
    expect((await hooks().redeliverRange(id, { ...range, to: range.from })).status).to.equal(202);
  });

  it('Webhook endpoints refuse the cursor of another period', async () => {
    const { id } = await hooks().create(URL, []);
    const range = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
    for (const cursor of ['x', 'W10'])
      expect(
        (await shop.post(`/webhooks/${id}/deliveries/redeliver?cursor=${cursor}`, admin(range))).body.code,
      ).to.equal('invalid_cursor');
  });

  describe('when they are sent an event', () => {
    let time: Date;
    const now = () => time;
    const parts = () => shop.shop.parts;
    const deliver = (send: Send) =>
      deliverEvent({
        ...webhooks().queries,
        ...{
          transact: webhooks().transact,
          send,
          now,
          newId: parts().newId,
          secrets: parts().webhookSecrets,
        },
      });
    const responding =
      (status: number | null, error: string | null = null): Send =>
      () =>
        Promise.resolve({ ...{ status, error, response: '', durationMs: 1 }, retryAfterMs: null });
    const event = () => anEvent({ type: 'order.placed' }) as never;
    beforeEach(() => {
      time = new Date('2026-06-01T12:00:00Z');
    });

    it('Webhook endpoints are disabled after five days in which every attempt has failed, which is an event, and not before', async () => {
      const { id } = await hooks().create(URL, ['order.placed']);
      const attempt = (status: number | null) =>
        deliver(responding(status, status === null ? 'down' : null))(
          id as EndpointId,
          event(),
          FIRST,
          patient,
        );
      expect(await attempt(500)).to.deep.include({ is: 'failed' });
      const failingSince = time.toISOString();
      expect(await hooks().get(id)).to.include({ failingSince, enabled: true });
      time = new Date(time.getTime() + FAILING_MS - 1);
      await attempt(null);
      expect(await hooks().get(id)).to.include({ failingSince, enabled: true });
      await attempt(200);
      expect(await hooks().get(id)).to.include({ failingSince: null, enabled: true });
      await attempt(503);
      time = new Date(time.getTime() + FAILING_MS);
      await attempt(503);
      expect(await hooks().get(id)).to.include({ enabled: false, disabledReason: 'failing' });
      expect(await subscriptionOf(id)).to.deep.equal([]);
      const events = await shop.storeOf('webhooks').transact(({ outbox }) => outbox.dispatch(1000));
      expect(events.filter(({ type }) => type === 'webhook_endpoint.disabled')).to.have.length(1);
      // What was claimed before is neither sent nor lost.
      const sent: string[] = [];
      const late = await deliver((url) => {
        sent.push(url);
        return responding(200)(url, undefined as never, undefined as never);
      })(id as EndpointId, event(), FIRST, patient);
      expect([late.is, sent]).to.deep.equal(['failed', []]);
    });

    it('Webhook endpoints are disabled once by attempts that end at the same time', async () => {
      const { id } = await hooks().create(URL, ['order.placed']);
      const attempt = () => deliver(responding(410))(id as EndpointId, event(), FIRST, patient);
      await Promise.all(Array.from({ length: 8 }, attempt));
      const events = await shop.storeOf('webhooks').transact(({ outbox }) => outbox.dispatch(1000));
      expect(events.filter(({ type }) => type === 'webhook_endpoint.disabled')).to.have.length(1);
      expect((await hooks().deliveries(id)).items).to.have.length(8);
    });

    it('Webhook endpoints are not sent pings and redeliveries of others', async () => {
      const { id } = await hooks().create(URL, []);
      const { id: other } = await hooks().create(URL, []);
      for (const type of ['webhook_ping.requested', 'webhook_redelivery.requested'] as const) {
        const foreign = anEvent({ type, data: { endpointId: other, eventId: newId() } as never }) as never;
        const result = await deliver(responding(200))(id as EndpointId, foreign, FIRST, patient);
        expect(result).to.deep.equal({ is: 'ignored' });
      }
      expect((await hooks().deliveries(id)).items).to.deep.equal([]);
    });

    it('Webhook endpoints whose secret no key opens are sent nothing, and the log says why', async () => {
      const { id } = await hooks().create(URL, ['order.placed']);
      const strange = sealedSecrets(() => () => [{ privateKey: createPrivateKey(generateSigningKey()) }]);
      const sent: string[] = [];
      const send: Send = (url) => {
        sent.push(url);
        return responding(200)(url, undefined as never, undefined as never);
      };
      const deps = { ...webhooks().queries, transact: webhooks().transact, send, now, newId: parts().newId };
      const result = await deliverEvent({ ...deps, secrets: strange })(
        id as EndpointId,
        event(),
        FIRST,
        patient,
      );
      expect([result.is, sent]).to.deep.equal(['failed', []]);
      expect((await hooks().deliveries(id)).items[0]?.error).to.include('rotate it');
    });

    it('Webhook endpoints are signed for by the former secret for a day after a rotation', async () => {
      const { id } = await hooks().create(URL, ['order.placed']);
      await hooks().rotate(id);
      const [former] = (await find(id)).formerSecrets;
      const secretsAt = async (moment: Date) => {
        time = moment;
        let count = 0;
        await deliver((url, _message, { secrets }) => {
          count = secrets.length;
          return responding(200)(url, undefined as never, undefined as never);
        })(id as EndpointId, event(), FIRST, patient);
        return count;
      };
      const end = former?.endsAt.getTime() ?? 0;
      expect(end - Date.now()).to.be.within(ROTATION_MS - 60_000, ROTATION_MS);
      expect([await secretsAt(new Date(end - 1)), await secretsAt(new Date(end))]).to.deep.equal([2, 1]);
    });

    it('Webhook endpoints whose secret is replaced again and again are signed for by each former one for its day, and by the new one alone once the former ones are ended', async () => {
      const { id, secret } = await hooks().create(URL, ['order.placed']);
      const signedAt = async (moment: Date): Promise<readonly string[]> => {
        time = moment;
        let used: readonly string[] = [];
        await deliver((url, _message, { secrets }) => {
          used = secrets;
          return responding(200)(url, undefined as never, undefined as never);
        })(id as EndpointId, event(), FIRST, patient);
        return used;
      };
      const all = [secret];
      for (let each = 0; each < MAX_FORMER_SECRETS; each += 1)
        all.unshift((await hooks().rotate(id, {})).secret);
      const { formerSecrets } = await find(id);
      expect(await signedAt(new Date())).to.deep.equal(all);
      const end = formerSecrets.at(-1)?.endsAt ?? new Date(0);
      expect(await signedAt(new Date(end.getTime() - 1))).to.deep.equal(all);
      expect(await signedAt(end)).not.to.include(secret);

      const { status, body } = await hooks().rotateRefused(id);
      expect([status, body.code, body.limit]).to.deep.equal([
        ...[409, 'webhook_rotation_limit_reached', MAX_FORMER_SECRETS],
      ]);
      expect(await signedAt(new Date()), 'nothing has changed').to.deep.equal(all);
      const alone = await hooks().rotate(id, { endFormerSecrets: true });
      expect([await signedAt(new Date()), alone.previousSecretEndsAt]).to.deep.equal([[alone.secret], null]);
    });

    it('Webhook endpoints keep attempts for 30 days', async () => {
      const { id } = await hooks().create(URL, ['order.placed']);
      await deliver(responding(200))(id as EndpointId, event(), FIRST, patient);
      const purge = () => purgeAttempts({ transact: webhooks().transact, now })(100);
      time = new Date(time.getTime() + LOG_MS);
      expect(await purge()).to.equal(0);
      time = new Date(time.getTime() + 1);
      expect(await purge()).to.equal(1);
      expect((await hooks().deliveries(id)).items).to.deep.equal([]);
    });
  });

  it('Webhook endpoints have their secrets encrypted with the newest key, so that an earlier one can be removed', async () => {
    const { id, secret } = await hooks().create(URL, []);
    const { secret: present } = await hooks().rotate(id);
    const [former] = shop.shop.parts.keyRing();
    const newest = { privateKey: createPrivateKey(generateSigningKey()) };
    const both = sealedSecrets(() => () => [newest, former]);
    const reseal = resealSecrets({
      ...{ transact: webhooks().transact, endpoints: webhooks().queries.endpoints },
      ...{ secrets: both, now: () => new Date() },
    });
    await reseal();
    const alone = sealedSecrets(() => () => [newest]);
    const stored = await find(id);
    expect(alone.open(stored.secret)).to.equal(present);
    expect(stored.formerSecrets.map((former) => alone.open(former.secret))).to.deep.equal([secret]);
    await reseal();
    expect((await find(id)).version, 'nothing is written again').to.equal(stored.version);
  });
});
