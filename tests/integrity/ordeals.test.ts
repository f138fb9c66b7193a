import { expect } from 'chai';
import { createSqliteFile, onOwnServer, onServer } from '../support/databases.js';
import { galeraCluster, type GaleraCluster } from '../support/galera.js';
import { createMariadbDatabase, DURABLE as DURABLE_MARIADB, startMariadb } from '../support/mariadb.js';
import { createPostgresDatabase, DURABLE as DURABLE_POSTGRES, startPostgres } from '../support/postgres.js';
import { mountSmallDisk } from '../support/small-disk.js';
import type { RunningServer } from '../support/throwaway-server.js';
import type { Outcome } from './attack.js';
import { attackedShop, type AttackOptions } from './attacked-shop.js';
import type { SqlDatabaseName } from '../support/databases.js';
import { undergo, type Ordeal } from './ordeal.js';
import { outcomeTable } from './outcome-table.js';
import { killedDatabase, killedNode, killedServer, restartedNode } from './scenarios/crashes.js';
import { exhaustedPool, frozenDatabase, fullDisk, IMPATIENT, SMALL_POOL } from './scenarios/pressure.js';
import { FULL, SEED } from './tier.js';

/** How often each ordeal is undergone. */
const TIMES = FULL
  ? { server: 20, database: 5, node: 3, pressure: 2 }
  : { server: 3, database: 2, node: 1, pressure: 1 };
/** What one time may take, in milliseconds, and so may the start of the shop. */
const LONG = 600_000;
const SMALL_DISK = 12 * 2 ** 20;

/** Servers of their own, which may be killed, and lose nothing when they are. */
const SERVERS = {
  MariaDB: { start: () => startMariadb(DURABLE_MARIADB), create: createMariadbDatabase },
  PostgreSQL: { start: () => startPostgres({ settings: DURABLE_POSTGRES }), create: createPostgresDatabase },
} as const;

describe('A shop at its busiest survives', () => {
  const outcomes: Outcome[] = [];
  after(() => {
    if (outcomes.length > 0)
      console.log(`\nSeed ${String(SEED)}\n\n${outcomeTable(outcomes, 'Interrupted')}\n`);
  });

  const survives = async (
    database: SqlDatabaseName,
    { options, ordeal, times }: { options: AttackOptions; ordeal: Ordeal; times: number },
  ): Promise<void> => {
    const shop = await attackedShop(database, options);
    try {
      const outcome = await undergo(shop, ordeal, { seed: SEED, rounds: times });
      outcomes.push(outcome);
      expect(outcome.anomalies).to.deep.equal([]);
      expect(outcome.overlapped, 'requests that were interrupted').to.be.above(0);
      expect(shop.strayLines(), 'lines of the logs that are no JSON').to.deep.equal([]);
    } finally {
      await shop.close();
    }
  };

  describe('what happens on SQLite', function () {
    this.timeout(LONG * (1 + TIMES.server));

    it('A shop at its busiest survives kill -9 of its process', () =>
      survives('SQLite', { options: {}, ordeal: killedServer, times: TIMES.server }));

    it('A shop at its busiest survives another process that keeps it from writing', () =>
      survives('SQLite', {
        options: { settings: SMALL_POOL },
        ordeal: exhaustedPool,
        times: TIMES.pressure,
      }));

    it('A shop at its busiest survives a full disk', async function () {
      const disk = await mountSmallDisk(SMALL_DISK);
      if (disk === null) return this.skip(); // only root may mount one
      try {
        await survives('SQLite', {
          options: { place: await createSqliteFile(disk.folder) },
          ordeal: fullDisk(disk.folder),
          times: TIMES.pressure,
        });
      } finally {
        await disk.unmount();
      }
    });
  });

  for (const name of ['MariaDB', 'PostgreSQL'] as const)
    onOwnServer(name, 'what happens', function () {
      this.timeout(LONG * (1 + TIMES.server));
      let server: RunningServer;
      before(async () => {
        server = await SERVERS[name].start();
      });
      after(() => server.close());

      const undergoes = async (ordeal: Ordeal, times: number, settings = {}): Promise<void> =>
        survives(name, { options: { place: await SERVERS[name].create(server), settings }, ordeal, times });

      it('A shop at its busiest survives kill -9 of a server process', () =>
        undergoes(killedServer, TIMES.server));

      it('A shop at its busiest survives kill -9 of the database server', () =>
        undergoes(killedDatabase(server), TIMES.database));

      it('A shop at its busiest survives a frozen database server', () =>
        undergoes(frozenDatabase(server), TIMES.pressure, FULL ? {} : IMPATIENT));

      it('A shop at its busiest survives another client for whose lock every connection waits', () =>
        undergoes(exhaustedPool, TIMES.pressure, SMALL_POOL));
    });

  onServer('Galera', 'what happens', function () {
    this.timeout(LONG * (1 + TIMES.node));

    const undergoes = async (ordeal: (cluster: GaleraCluster) => Ordeal): Promise<void> =>
      survives('Galera', { options: {}, ordeal: ordeal(await galeraCluster()), times: TIMES.node });

    it('A shop at its busiest survives kill -9 of a node', () => undergoes(killedNode));

    if (FULL) it('A shop at its busiest survives a restart of a node', () => undergoes(restartedNode));
  });
});
