import { expect } from 'chai';
import { generateSigningKey } from '#src/contexts/accounts/module.js';
import type { Entry } from '#src/contexts/audit/domain/entry.js';
import type { Actor } from '#src/kernel/actor.js';
import type { Brand } from '#src/kernel/brand.js';
import type { ApiKeyId, SessionId, UserId } from '#src/kernel/ids.js';
import { readConfig } from '#src/main/config/index.js';
import type { ContextName } from '#src/main/contexts.js';
import { createShop, type Shop } from '#src/main/shop.js';
import type { OutboxEvent } from '#src/platform/outbox/outbox.js';
import { newId } from '../support/builders/ids.js';
import { outcomeOf, rejectionOf } from '../support/contract-tools.js';
import { onEverySqlDatabase, openSqlDatabase, type SqlDatabaseName } from '../support/databases.js';
import { client, type HttpClient } from '../support/http-client.js';

const ADMINISTRATOR: Actor = {
  id: newId<UserId>(),
  sessionId: newId<SessionId>(),
  role: 'admin',
  authenticatedAt: new Date(),
};
const TOKEN = 'any';
const ADDRESS = '203.0.113.7';
const HASH = 'ab'.repeat(32);
const KEY = generateSigningKey();

interface Service {
  readonly shop: Shop;
  readonly http: HttpClient;
  readonly close: () => Promise<void>;
}

/** A process with some of the contexts, on a database of its own, whose relay does not run. */
const openService = async (
  contexts: readonly ContextName[],
  name: SqlDatabaseName | 'memory',
): Promise<Service> => {
  const database =
    name === 'memory'
      ? { url: 'memory:', close: () => Promise.resolve() }
      : await openSqlDatabase(name, { migrated: false });
  const config = readConfig({
    ...{ DATABASE_URL: database.url, HOST: '127.0.0.1', PORT: '0', JWT_PRIVATE_KEY: KEY },
    ...{ RATE_LIMITS: 'off', CATALOG_MAX_STALE_MS: '0', LOG_LEVEL: 'silent' },
  });
  const shop = createShop(
    { ...config, contexts },
    { authenticate: () => () => Promise.resolve(ADMINISTRATOR), counters: () => null },
  );
  await shop.parts.persistence.prepare();
  shop.parts.health.start();
  const { url } = await shop.listen();
  return {
    shop,
    http: client(url, shop.http.openApi),
    close: async () => {
      await shop.close();
      await database.close();
    },
  };
};

const forEachStore = (body: (name: SqlDatabaseName | 'memory') => void): void => {
  describe('Audit events between processes on memory', () => {
    body('memory');
  });
  onEverySqlDatabase('Audit events between processes', body);
};

forEachStore((name) => {
  let catalog: Service;
  let audit: Service;
  before(async () => {
    catalog = await openService(['catalog'], name);
    audit = await openService(['audit', 'accounts'], name);
  });
  after(async () => {
    await catalog.close();
    await audit.close();
  });

  /** Takes the events out of the outbox of the process without the audit log. */
  const taken = () =>
    catalog.shop.parts.persistence.transact(async ({ outbox }) => {
      const events = await outbox.dispatch(100);
      await outbox.purge(0, 100);
      return events;
    });
  const recorded = async () => (await taken()).filter(({ type }) => type === 'audit_entry.recorded');
  const receive = (...events: readonly OutboxEvent[]) => audit.shop.parts.receiveEvents(events);
  const entries = async (subject: string): Promise<readonly Entry[]> =>
    (await audit.shop.parts.contexts.audit.queries.entries.list({ subject }, { limit: 100, after: null }))
      .items;

  const createProduct = async () => {
    const json = { name: 'Mug', description: 'Holds tea.', price: 8, quantity: 1 };
    const { status, body } = await catalog.http.post('/products', { token: TOKEN, json });
    expect(status, JSON.stringify(body)).to.equal(201);
    return body as { readonly id: string };
  };
  /** Records an event as a command of the catalogue does that was called from an address. */
  const record = (subject: Brand<string, string>, address: string | null, fails = false) =>
    catalog.shop.parts.contexts.catalog.transact(async ({ audit: log }) => {
      await log.from({ actor: ADMINISTRATOR.id, address }).record({ action: 'product.changed', subject });
      if (fails) throw new Error('refused');
    });

  it('A change in a process without the audit log stores its audit event in the outbox, with the change', async () => {
    const { id } = await createProduct();
    await taken();
    const before = new Date();
    const patched = await catalog.http.patch(`/products/${id}`, { token: TOKEN, json: { name: 'Cup' } });
    expect(patched.status).to.equal(200);
    const events = await taken();
    expect(events.map(({ type }) => type)).to.have.members(['product.updated', 'audit_entry.recorded']);
    const [event] = events.filter(({ type }) => type === 'audit_entry.recorded');
    expect(event?.data).to.deep.equal({ action: 'product.changed', actor: ADMINISTRATOR.id, subject: id });
    expect(event?.version).to.equal(1);
    expect(event?.occurredAt).to.be.at.least(before);
  });

  it('A refused change in a process without the audit log leaves no audit event', async () => {
    const { id } = await createProduct();
    await taken();
    const stale = { token: TOKEN, json: { name: 'Cup' }, headers: { 'If-Match': '"0-0-0"' } };
    expect((await catalog.http.patch(`/products/${id}`, stale)).status).to.equal(412);
    expect(await rejectionOf(record(newId(), ADDRESS, true))).to.equal('refused');
    expect(await taken()).to.deep.equal([]);
  });

  it('An audit event of another process becomes one entry, with the id, time and facts of its recording', async () => {
    const subject = newId();
    await record(subject, HASH);
    const [event] = (await recorded()) as [OutboxEvent];
    await receive(event);
    const expected: Entry = {
      id: event.aggregateId as Entry['id'],
      at: event.occurredAt,
      actorId: ADMINISTRATOR.id,
      actorType: 'user',
      action: 'product.changed',
      subjectId: subject,
      addressHash: HASH,
    };
    expect(await entries(subject)).to.deep.equal([expected]);
  });

  it('An audit event of another process names the API key that acted', async () => {
    const [subject, key] = [newId(), newId<ApiKeyId>()];
    await catalog.shop.parts.contexts.catalog.transact(async ({ audit: log }) => {
      const origin = { actor: key, actorType: 'api_key', address: null } as const;
      await log.from(origin).record({ action: 'product.changed', subject });
    });
    await receive(...(await recorded()));
    const [entry] = await entries(subject);
    expect(entry).to.include({ actorId: key, actorType: 'api_key' });
  });

  it('An audit event of another process becomes one entry when it comes twice, and twice at once', async () => {
    const subject = newId();
    await record(subject, null);
    await record(subject, null);
    const [first, second] = (await recorded()) as [OutboxEvent, OutboxEvent];
    await receive(first);
    await receive(first);
    await Promise.all([receive(second), receive(second)]);
    const stored = (await entries(subject)).map(({ id }): string => id);
    expect(stored).to.have.members([first.aggregateId, second.aggregateId]);
  });

  it('An audit event of another process has no hash of an address when its caller is not the actor, and none but ids when nobody is known', async () => {
    const subject = newId();
    await catalog.shop.parts.contexts.catalog.transact(async ({ audit: log }) => {
      const other = { action: 'product.changed', subject, actor: newId<UserId>() } as const;
      await log.from({ actor: null, address: HASH }).record(other);
      await log.record({ action: 'product.changed', subject: null });
    });
    const data = (await recorded()).map((event) => Object.keys(event.data).sort());
    expect(data).to.deep.equal([['action', 'actor', 'subject'], ['action']]);
  });

  it('An address is stored in no outbox in the clear', async () => {
    await record(newId(), ADDRESS);
    await record(newId(), '2001:db8::7');
    const events = await recorded();
    expect(events.map(({ data }) => 'addressHash' in data)).to.deep.equal([false, false]);
    expect(JSON.stringify(events)).not.to.match(/203\.0\.113|2001:db8/);
  });

  it('A process without the audit log receives no audit events', async () => {
    await record(newId(), null);
    expect(await outcomeOf(catalog.shop.parts.receiveEvents(await recorded()))).to.equal(
      'event_type_unknown',
    );
  });
});
