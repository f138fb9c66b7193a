import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKey } from '#src/contexts/accounts/module.js';
import { BACKEND_NAMES, SERVICE_NAMES, type BackendName, type ServiceName } from '#src/main/services.js';
import type { OpenApiDocument } from '#src/platform/http/openapi/document.js';
import { openSqlDatabase, type OpenDatabase, type SqlDatabaseName } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { client, type HttpClient } from '../support/http-client.js';
import { runProgram, startServer, type RunningShop } from '../support/server-process.js';
import { freePort } from '../support/throwaway-server.js';
import { ADMIN } from './attacked-shop.js';
import { seededRandom } from './random.js';
import { mergedAnomalies, unsettled } from './service-invariants.js';
import { FULL, SEED } from './tier.js';
import { trade } from './trade.js';

const DATABASES: readonly SqlDatabaseName[] = FULL ? ['SQLite', 'MariaDB', 'PostgreSQL'] : ['SQLite'];
const CUSTOMERS = FULL ? 8 : 3;
/** How often the shop is moved to services and back. */
const ROUNDS = FULL ? 5 : 1;
const LONG = FULL ? 3_600_000 : 300_000;

/** Processes that together are one shop. */
interface Running {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

describe('A shop that is moved to services and back under load', function () {
  this.timeout(LONG);
  let folder: string;
  let opened: OpenDatabase[];
  let environment: Record<string, string>;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-moved-'));
    opened = [];
  });
  afterEach(async () => {
    for (const database of opened) await database.close();
    await rm(folder, { recursive: true });
  });

  const newDatabase = async (kind: SqlDatabaseName): Promise<OpenDatabase> => {
    const database = await openSqlDatabase(kind, { migrated: false });
    opened.push(database);
    return database;
  };

  const stopped = async (shop: RunningShop): Promise<void> => {
    const { code, stderr } = await shop.stop();
    expect(code, stderr).to.equal(0);
  };

  const oneProcess = async (url: string): Promise<Running> => {
    const shop = await startServer({ cwd: folder, environment: { ...environment, DATABASE_URL: url } });
    return { url: shop.url, stop: () => stopped(shop) };
  };

  const asServices = async (databases: Readonly<Record<BackendName, string>>): Promise<Running> => {
    const free = await Promise.all(SERVICE_NAMES.map(async (name) => [name, await freePort()] as const));
    const ports = Object.fromEntries(free) as Readonly<Record<ServiceName, number>>;
    const urls = Object.fromEntries(
      BACKEND_NAMES.map((name) => [`${name.toUpperCase()}_URL`, `http://127.0.0.1:${String(ports[name])}`]),
    );
    const started = await Promise.all(
      SERVICE_NAMES.map(async (name) => ({
        name,
        shop: await startServer({
          cwd: folder,
          environment: {
            ...environment,
            ...urls,
            SERVICE: name,
            PORT: String(ports[name]),
            ...(name !== 'gateway' && { DATABASE_URL: databases[name] }),
          },
        }),
      })),
    );
    const url = `http://127.0.0.1:${String(ports.gateway)}`;
    await eventually(async () => (await fetch(`${url}/readyz`)).status === 200, 'all services to be ready');
    const stopThose = async (which: (name: ServiceName) => boolean): Promise<void> => {
      await Promise.all(started.filter(({ name }) => which(name)).map(({ shop }) => stopped(shop)));
    };
    return {
      url,
      stop: async () => {
        await stopThose((name) => name === 'gateway');
        await stopThose((name) => name !== 'gateway');
      },
    };
  };

  const move = async (
    command: 'split' | 'merge',
    databases: Readonly<Record<string, string>>,
  ): Promise<string> => {
    const program = await runProgram('admin', {
      cwd: folder,
      environment: { ...environment, ...databases },
      args: ['services', command],
    });
    const { code, stdout, stderr } = await program.ended;
    expect(code, stderr).to.equal(0);
    return stdout;
  };

  for (const kind of DATABASES)
    it(`No order, unit or key is lost or doubled, and every customer goes on with the same token, on ${kind}`, async () => {
      environment = {
        SERVICES_SECRET: 'the secret of services that are moved',
        // On SQLite the keys are files, which have to move too.
        ...(kind !== 'SQLite' && { JWT_PRIVATE_KEY: generateSigningKey() }),
        ADMIN_EMAIL: ADMIN.email,
        ADMIN_PASSWORD: ADMIN.password,
        BCRYPT_COST: '4',
        DEMO_DATA: 'false',
        PENDING_ORDERS_MAX: '0',
      };
      let whole = await newDatabase(kind);
      let running = await oneProcess(whole.url);
      const openApi = (await (await fetch(`${running.url}/openapi.json`)).json()) as OpenApiDocument;
      let http: HttpClient = client(running.url, openApi);
      const { body } = await http.post('/auth/login', { json: ADMIN });
      const trading = await trade({
        http: () => http,
        adminToken: body.accessToken as string,
        random: seededRandom(SEED),
        customers: CUSTOMERS,
        most: Infinity,
      });
      const someRequests = async (): Promise<void> => {
        const enough = trading.told.orders.size + 2 * CUSTOMERS;
        await eventually(() => trading.told.orders.size >= enough, 'some orders', 60_000);
      };
      try {
        for (let round = 0; round < ROUNDS; round += 1) {
          await someRequests();
          await running.stop();
          const services = {} as Record<BackendName, string>;
          for (const name of BACKEND_NAMES) services[name] = (await newDatabase(kind)).url;
          const urls = Object.fromEntries(
            BACKEND_NAMES.map((name) => [`${name.toUpperCase()}_DATABASE_URL`, services[name]]),
          );
          expect(await move('split', { ...urls, DATABASE_URL: whole.url })).to.match(/^\d+ rows are moved/);
          running = await asServices(services);
          http = client(running.url, openApi);
          await someRequests();
          await running.stop();
          whole = await newDatabase(kind);
          expect(await move('merge', { ...urls, DATABASE_URL: whole.url })).to.match(/^\d+ rows are moved/);
          running = await oneProcess(whole.url);
          http = client(running.url, openApi);
          await someRequests();
        }
      } finally {
        trading.stop();
      }
      await trading.done;
      await trading.settle();
      const all = {
        user: whole.outside,
        customer: whole.outside,
        product: whole.outside,
        transaction: whole.outside,
      };
      await eventually(async () => (await unsettled(all)).length === 0, 'an end of everything', 60_000);
      await running.stop();
      expect([...trading.anomalies, ...(await mergedAnomalies(whole.outside, trading.told))]).to.deep.equal(
        [],
      );
    });
});
