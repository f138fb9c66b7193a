import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { onEveryServer, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { startServer, type RunningShop } from '../support/server-process.js';
import { killStarted } from '../support/started-processes.js';
import { wireTo, type Wire } from '../support/wire.js';

/** Short, so that the test need not wait; the defaults bound the same waits. Long enough for a start on a migrated database. */
const BOUNDS = { DATABASE_STATEMENT_TIMEOUT_MS: '1000', DATABASE_ACQUIRE_TIMEOUT_MS: '1000' };

onEveryServer('A server whose database does not respond', (name) => {
  let database: OpenDatabase;
  let wire: Wire;
  let folder: string;
  let server: RunningShop;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-stopping-'));
    database = await openSqlDatabase(name);
    const port = /(?<=:)\d+(?=\/)/.exec(database.url)?.[0] ?? '';
    wire = await wireTo(Number(port));
    server = await startServer({
      cwd: folder,
      environment: {
        ...BOUNDS,
        DATABASE_URL: database.url.replace(`:${port}/`, `:${String(wire.port)}/`),
        JWT_PRIVATE_KEY: generateSigningKey(),
        BCRYPT_COST: '4',
      },
    });
  });
  afterEach(async () => {
    await killStarted();
    wire.close();
    await database.close();
    await rm(folder, { recursive: true });
  });

  it('A server whose database does not respond ends on SIGTERM all the same, with a request in flight and no reader of its log', async () => {
    server.process.stderr?.destroy();
    wire.freeze();
    const answer = fetch(`${server.url}/products`).then(
      ({ status }) => status,
      () => 0,
    );
    await eventually(async () => (await fetch(`${server.url}/readyz`)).status === 503, 'it to notice');
    server.process.kill('SIGTERM');
    const { signal } = await server.ended;
    expect(signal).to.equal(null);
    expect(await answer).to.equal(503);
  });
});
