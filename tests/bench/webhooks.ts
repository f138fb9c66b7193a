// What webhooks cost in time: from the commit of an event to its arrival, one by one and many at once, to three endpoints that respond and
// then to three of which one hangs. Shop and receivers are in this process, so that a clock is shared, and so are its cores.
import { parseArgs } from 'node:util';
import type { CustomerId, OrderId } from '#src/kernel/ids.js';
import { testShop, type TestShop } from '#src/main/test-shop.js';
import { newId } from '../support/builders/ids.js';
import { openSqlDatabase, type SqlDatabaseName } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { noContent, webhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.js';
import { printTable } from './report.js';

const { values } = parseArgs({
  options: {
    database: { type: 'string', default: 'MariaDB' },
    events: { type: 'string', default: '10000' },
    paced: { type: 'string', default: '300' },
  },
});
const [EVENTS, PACED] = [Number(values.events), Number(values.paced)];
/** Number of events of one transaction when many come at once. */
const BATCH = 100;
const LONGEST_MS = 3_600_000;

const say = (what: string): void => {
  console.error(`${new Date().toISOString().slice(11, 19)} ${what}`);
};

const placed = (orderId: OrderId) => ({
  type: 'order.placed' as const,
  ...{ aggregateId: orderId, version: 1, occurredAt: new Date() },
  data: { customerId: newId<CustomerId>() },
});

const createEndpoints = async (
  { url, administrator }: TestShop,
  receivers: readonly WebhookReceiver[],
): Promise<void> => {
  const post = async (path: string, json: object, token = ''): Promise<Record<string, string>> => {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== '' && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(json),
    });
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as Record<string, string>;
  };
  const { email: login, password } = administrator;
  const { accessToken } = await post('/auth/login', { login, password });
  for (const { url: target } of receivers)
    await post('/webhooks', { url: target, eventTypes: ['order.placed'] }, accessToken);
};

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;

interface Figures {
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly perSecond: number;
  /** Requests that the one that hangs has got meanwhile. */
  readonly hanging: number;
}

const measure = async (hangs: boolean): Promise<Figures> => {
  const database = await openSqlDatabase(values.database as SqlDatabaseName, { migrated: false });
  const arrivals = new Map<string, number>();
  const arrived = (response: Parameters<typeof noContent>[0], webhook: Parameters<typeof noContent>[1]) => {
    const id = String(webhook.message.data['orderId']);
    if (!arrivals.has(id)) arrivals.set(id, performance.now());
    response.writeHead(204).end();
  };
  const receivers = [
    await webhookReceiver(arrived),
    await webhookReceiver(noContent),
    await webhookReceiver(hangs ? () => undefined : noContent),
  ];
  const counted = receivers.slice(0, hangs ? 2 : 3);
  const shop = await testShop(
    {},
    { DATABASE_URL: database.url, WEBHOOKS_ALLOW_PRIVATE_TARGETS: 'true', MAX_EVENT_LOOP_DELAY_MS: '0' },
  );
  await createEndpoints(shop, receivers);
  const { transact } = shop.parts.contexts.ordering;
  const hasAll = (count: number) => () => counted.every(({ received }) => received.length >= count);
  const first = newId<OrderId>();
  await transact(({ events }) => events.append(placed(first)));
  await eventually(hasAll(1), 'the first event');

  say(`one by one${hangs ? ', while one hangs' : ''}`);
  const latencies: number[] = [];
  for (let n = 0; n < PACED; n += 1) {
    const id = newId<OrderId>();
    await transact(({ events }) => events.append(placed(id)));
    const committed = performance.now();
    latencies.push((await eventually(() => arrivals.get(id), 'an event')) - committed);
  }

  say(`${String(EVENTS)} at once${hangs ? ', while one hangs' : ''}`);
  await eventually(hasAll(1 + PACED), 'the others');
  const begun = performance.now();
  for (let at = 0; at < EVENTS; at += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, EVENTS - at) }, () => placed(newId()));
    await transact(({ events }) => events.append(...batch));
  }
  await eventually(hasAll(1 + PACED + EVENTS), 'all events', LONGEST_MS);
  const seconds = (performance.now() - begun) / 1000;
  const hanging = hangs ? (receivers[2]?.received.length ?? 0) : 0;
  await Promise.all(receivers.map((receiver) => receiver.close()));
  await shop.close();
  await database.close();
  const sorted = latencies.toSorted((a, b) => a - b);
  return {
    medianMs: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    perSecond: (EVENTS * counted.length) / seconds,
    hanging,
  };
};

const row = (title: string, { medianMs, p99Ms, perSecond, hanging }: Figures): readonly string[] => [
  title,
  `${medianMs.toFixed(0)} ms`,
  `${p99Ms.toFixed(0)} ms`,
  perSecond.toFixed(0),
  String(hanging),
];

const rows = [
  row('three that respond', await measure(false)),
  row('three, of which one hangs', await measure(true)),
];
printTable(['endpoints', 'median', 'p99', 'messages a second', 'requests that hang'], rows);
process.exit(0); // what hangs is not waited for
