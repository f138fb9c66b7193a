import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKey } from '#src/contexts/accounts/module.js';
import { SOURCE_TYPES } from '#src/contexts/webhooks/domain/relayed.js';
import { SERVICE_NAMES, type ServiceName } from '#src/main/services.js';
import type { OpenApiDocument } from '#src/platform/http/openapi/document.js';
import { openSqlDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { client, type HttpClient } from '../support/http-client.js';
import { markdownTable } from '../support/markdown.js';
import { freePorts, startServer, type RunningShop } from '../support/server-process.js';
import {
  closeDatabases,
  forEachService,
  ofEach,
  urlsOf,
  type ServiceDatabases,
} from '../support/service-databases.js';
import { testServices, type TestServices } from '../support/test-services.js';
import { webhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.js';
import { ADMIN } from './attacked-shop.js';
import { faultyLink, type FaultyLink } from './faulty-link.js';
import { seededRandom } from './random.js';
import { serviceAnomalies, unsettled, type Databases } from './service-invariants.js';
import { FULL, SEED } from './tier.js';
import { trade, type Trade } from './trade.js';

const DATABASE = FULL ? 'MariaDB' : 'SQLite';
const CUSTOMERS = FULL ? 8 : 5;
const MOST = FULL ? 40 : 6;
/** Where processes are killed: few in the short tier, in which the start of a process waits for what they do. */
const KILLED_CUSTOMERS = FULL ? 8 : 3;
/** How often each service is killed. */
const KILLS = FULL ? 20 : 1;
/** Longer than a placement may take, and a reservation last. */
const MINUTES_3 = 180_000;
const LONG = FULL ? 3_600_000 : 180_000;

const adminTokenOf = async (shop: TestServices): Promise<string> =>
  (await client(shop.url, shop.http.openApi).post('/auth/login', { json: shop.administrator })).body
    .accessToken as string;

/** Runs the periodic work that ends what is overdue by the clock of a service. */
const runChores = async (shop: TestServices, name: 'product' | 'transaction'): Promise<void> => {
  const { contexts } = shop.services[name].parts;
  for (const { run } of name === 'product' ? contexts.catalog.chores : contexts.ordering.chores)
    // A service that is away is tried again by the next run.
    await run(() => false).catch(() => undefined);
};

/** Creates a webhook endpoint that wants every event, so that all of them have to be received. */
const wantEverything = async (
  http: HttpClient,
  token: string,
  { url }: Pick<WebhookReceiver, 'url'>,
): Promise<void> => {
  const { status } = await http.post('/webhooks', { token, json: { url, eventTypes: SOURCE_TYPES } });
  expect(status, 'endpoint').to.equal(201);
};
const TO_THIS_MACHINE = { WEBHOOKS_ALLOW_PRIVATE_TARGETS: 'true' };

describe('A shop of five services under attack', function () {
  this.timeout(LONG);
  const rows: string[][] = [];
  let opened: ServiceDatabases;
  let databases: Databases;
  let receiver: WebhookReceiver;
  beforeEach(async () => {
    receiver = await webhookReceiver();
    opened = await forEachService(() => openSqlDatabase(DATABASE, { migrated: false }));
    databases = ofEach(opened, ({ outside }) => outside);
  });
  afterEach(async () => {
    await receiver.close();
    await closeDatabases(opened);
  });
  after(() => {
    if (rows.length > 0)
      console.log(
        `\nSeed ${String(SEED)}\n\n${markdownTable(['Attack', 'Database', 'Attempts', 'Happened', 'Orders', 'Refused', 'Anomalies'], rows)}\n`,
      );
  });

  const listed = (counts: ReadonlyMap<string, number>): string =>
    [...counts].map(([what, count]) => `${String(count)} \`${what}\``).join(', ') || 'none';

  /** Has every request answered, waits until nothing is on its way, and compares the databases. */
  const judge = async (
    name: string,
    happened: ReadonlyMap<string, number>,
    { shop, trading }: { readonly shop: TestServices; readonly trading: Trade },
  ): Promise<void> => {
    await runChores(shop, 'transaction');
    await trading.settle();
    await eventually(
      async () => {
        await runChores(shop, 'transaction');
        await runChores(shop, 'product');
        return (await unsettled(databases)).length === 0;
      },
      'an end of everything',
      60_000,
    ).catch(async (error: unknown) => {
      throw new Error(`${String(error)}: ${(await unsettled(databases)).join('; ')}`);
    });
    const anomalies = [...trading.anomalies, ...(await serviceAnomalies(databases, trading.told))];
    const { told, attempts, refusals } = trading;
    rows.push([
      name,
      DATABASE,
      String(attempts()),
      listed(happened),
      String(told.orders.size),
      listed(refusals),
      String(anomalies.length),
    ]);
    expect(anomalies).to.deep.equal([]);
    expect(told.orders.size, 'orders').to.be.above(CUSTOMERS);
    expect(told.imports.size, 'imports').to.be.above(0);
    expect([...told.orders.values()].some(({ cancelled }) => cancelled)).to.equal(true);
  };

  const attackLinks = async (
    name: string,
    { share, repeatsEvents, jumps }: { share: number; repeatsEvents: boolean; jumps: boolean },
  ): Promise<void> => {
    const random = seededRandom(SEED);
    const links: FaultyLink[] = [];
    const ahead = { product: 0, transaction: 0 };
    const clockOf = (service: string) => () =>
      new Date(Date.now() + (service === 'product' || service === 'transaction' ? ahead[service] : 0));
    let isBegun = false;
    const shop = await testServices({
      databases: urlsOf(opened),
      environment: TO_THIS_MACHINE,
      overrides: (service) => ({ now: () => clockOf(service) }),
      reachedAt: async (_name, url) => {
        const link = await faultyLink(url, { random, share: () => (isBegun ? share : 0), repeatsEvents });
        links.push(link);
        return link.url;
      },
    });
    try {
      const adminToken = await adminTokenOf(shop);
      const http = client(shop.url, shop.http.openApi);
      await wantEverything(http, adminToken, receiver);
      isBegun = true;
      const trading = await trade({ http: () => http, adminToken, random, customers: CUSTOMERS, most: MOST });
      const happened = new Map<string, number>();
      let isOver = false;
      const jumping = async (): Promise<void> => {
        while (jumps && !isOver) {
          const service = random.pick(['product', 'transaction'] as const);
          await eventually(() => isOver || trading.attempts() % random.integer(5, 30) === 0, 'some requests');
          ahead[service] = MINUTES_3;
          await runChores(shop, service);
          ahead[service] = 0;
          happened.set(`clock of ${service}`, (happened.get(`clock of ${service}`) ?? 0) + 1);
        }
      };
      await Promise.all([
        trading.done.finally(() => {
          isOver = true;
        }),
        jumping(),
      ]);
      await Promise.all(links.map((link) => link.heal()));
      ahead.product = MINUTES_3;
      ahead.transaction = MINUTES_3;
      for (const { faults } of links)
        for (const [fault, count] of faults) happened.set(fault, (happened.get(fault) ?? 0) + count);
      await judge(name, happened, { shop, trading });
      expect(happened.size, 'kinds of faults').to.be.above(0);
    } finally {
      await shop.close();
      await Promise.all(links.map((link) => link.close()));
    }
  };

  it('No unit, order or event is lost or doubled when calls between services are cut, late or repeated', () =>
    attackLinks('Links and clocks', { share: 0.2, repeatsEvents: true, jumps: true }));

  /** Ends the process of each service in turn with SIGKILL, so many times, and starts it again at once. */
  const attackProcesses = async (name: string, kills: number): Promise<void> => {
    const random = seededRandom(SEED);
    const folder = await mkdtemp(join(tmpdir(), 'portico-killed-'));
    const { ports, variables } = await freePorts();
    const shared = {
      SERVICES_SECRET: 'the secret of services that are killed',
      JWT_PRIVATE_KEY: generateSigningKey(),
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      ...TO_THIS_MACHINE,
    };
    const startService = (service: ServiceName): Promise<RunningShop> =>
      startServer({
        cwd: folder,
        environment: {
          ...shared,
          ...variables,
          SERVICE: service,
          PORT: String(ports[service]),
          ...(service !== 'gateway' && { DATABASE_URL: opened[service].url }),
          BCRYPT_COST: '4',
          DEMO_DATA: 'false',
          PENDING_ORDERS_MAX: '0',
        },
      });
    const running = Object.fromEntries(
      await Promise.all(
        SERVICE_NAMES.map(async (service) => [service, await startService(service)] as const),
      ),
    ) as Record<ServiceName, RunningShop>;
    const url = `http://127.0.0.1:${ports.gateway}`;
    await eventually(async () => {
      const response = await fetch(`${url}/readyz`);
      await response.arrayBuffer();
      return response.status === 200;
    }, 'all services to be ready');
    const openApi = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApiDocument;
    let http = client(url, openApi);
    const login = await http.post('/auth/login', { json: ADMIN });
    const adminToken = login.body.accessToken as string;
    await wantEverything(http, adminToken, receiver);
    const trading = await trade({
      http: () => http,
      adminToken,
      random,
      customers: KILLED_CUSTOMERS,
      most: Infinity,
    });
    const happened = new Map<string, number>();
    for (let times = 0; times < kills; times += 1)
      for (const service of random.shuffled(SERVICE_NAMES)) {
        const enough = trading.attempts() + random.integer(10, 40);
        await eventually(() => trading.attempts() >= enough, 'some requests');
        running[service].process.kill('SIGKILL');
        await running[service].ended;
        running[service] = await startService(service);
        happened.set(`kill -9 of ${service}`, times + 1);
      }
    trading.stop();
    await trading.done;
    await Promise.all(SERVICE_NAMES.map((service) => running[service].stop()));
    const shop = await testServices({
      databases: urlsOf(opened),
      environment: shared,
      overrides: { now: () => () => new Date(Date.now() + MINUTES_3) },
    });
    try {
      http = client(shop.url, shop.http.openApi);
      await judge(name, happened, { shop, trading });
    } finally {
      await shop.close();
      await rm(folder, { recursive: true });
    }
  };

  if (FULL)
    it('No unit, order or event is lost or doubled when every event arrives twice, between others', () =>
      attackLinks('Events twice', { share: 0.05, repeatsEvents: true, jumps: false }));

  it('No unit, order or event is lost or doubled when each service is killed and started again', () =>
    attackProcesses('kill -9', KILLS));
});
