import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { Sequelize } from 'sequelize';
import { connect } from '#src/platform/database/connect.js';
import { asOutage } from '#src/platform/database/database-errors.js';
import { nameOfHost } from '#src/platform/database/database-url.js';
import { checkSchema, migrate } from '#src/platform/database/migrate.js';
import { findRows, insertRow } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { sqlTransact } from '#src/platform/database/transact.js';
import { onServer, openSqlDatabase, type OpenDatabase } from '../../support/databases.js';
import { eventually } from '../../support/eventually.js';
import { galeraCluster, type GaleraCluster } from '../../support/galera.js';
import { administer } from '../../support/throwaway-server.js';
import { codeOf, errorOf } from './refusal.js';
import { aThing, createThings, idOf, thingTables } from './things.js';

const nameOf = ({ url }: OpenDatabase): string => url.replace(/.*[/]/, '');

/** One that prefers these hosts in this order, and the hosts that it said were away. */
const preferring = (db: OpenDatabase, hosts: readonly string[]): { sequelize: Sequelize; away: string[] } => {
  const away: string[] = [];
  const sequelize = connect({
    url: `mysql://root@${hosts.join(',')}/${nameOf(db)}`,
    currency: 'USD',
    onHostAway: (host) => away.push(nameOfHost(host)),
  });
  return { sequelize, away };
};

const add =
  (number: number) =>
  (scope: SqlScope): Promise<void> =>
    insertRow(thingTables(scope.sequelize).things, aThing({ id: idOf(number) }), scope);

const stored = async (scope: SqlScope): Promise<readonly string[]> =>
  (await findRows(thingTables(scope.sequelize).things, { order: [['id', 'ASC']] }, scope)).map(
    ({ id }) => id,
  );

onServer('MariaDB', 'Several hosts', () => {
  let db: OpenDatabase;
  let served: string;
  before(async () => {
    db = await openSqlDatabase('MariaDB', { migrated: false });
    served = new URL(db.url).host;
  });
  after(() => db.close());

  it('Servers of which one is wrong are reported once, and the others serve', async () => {
    const { sequelize, away } = preferring(db, ['127.0.0.1:1', 'nowhere.invalid', served]);
    await Promise.all([1, 2, 3].map(() => sequelize.query('SELECT 1')));
    expect(away).to.deep.equal(['127.0.0.1:1', 'nowhere.invalid:3306']);
    await sequelize.close();
  });

  it('Servers of which all are wrong are an outage', async () => {
    const { sequelize, away } = preferring(db, ['127.0.0.1:1', '127.0.0.1:2']);
    for (let time = 0; time < 2; time += 1)
      expect(asOutage(await errorOf(sequelize.query('SELECT 1')))?.code).to.equal('database_unavailable');
    expect(away).to.deep.equal(['127.0.0.1:1', '127.0.0.1:2']);
    await sequelize.close();
  });
});

onServer('MariaDB', 'A host that is away', () => {
  it('An unavailable server is not contacted by every new connection', async () => {
    const db = await openSqlDatabase('MariaDB', { migrated: false });
    let asked = 0;
    const faulty = createServer((socket) => {
      asked += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(faulty, 'listening');
    const { port } = faulty.address() as AddressInfo;
    const { sequelize } = preferring(db, [`127.0.0.1:${String(port)}`, new URL(db.url).host]);
    await sequelize.query('SELECT 1');
    const afterFirst = asked;
    await Promise.all([1, 2, 3].map(() => sequelize.query('SELECT SLEEP(0.1)')));
    expect(asked).to.equal(afterFirst);
    await sequelize.close();
    faulty.close();
    await db.close();
  });
});

onServer('Galera', 'A node', () => {
  let db: OpenDatabase;
  let cluster: GaleraCluster;
  let hosts: readonly string[];
  let sequelize: Sequelize;
  let away: string[];
  before(async () => {
    cluster = await galeraCluster();
  });
  beforeEach(async () => {
    db = await openSqlDatabase('Galera', { migrated: false });
    await createThings(db.sequelize);
    const [one, two, three] = cluster.nodes.map(({ port }) => `127.0.0.1:${String(port)}`) as [
      string,
      string,
      string,
    ];
    hosts = [three, one, two];
    // A node that has just rejoined may not have the database yet, and would count as away.
    const preferred = cluster.nodes[2].url(nameOf(db));
    await eventually(
      () =>
        administer(preferred, 'SELECT * FROM things').then(
          () => true,
          () => false,
        ),
      'the preferred node to have the database',
    );
    ({ sequelize, away } = preferring(db, hosts));
  });
  afterEach(async () => {
    await sequelize.close();
    await db.close();
  });

  it('A Galera node that is killed leaves its work to another one, also what was under way', async () => {
    const [, , three] = cluster.nodes;
    const { transact } = sqlTransact(sequelize);
    let runs = 0;
    await transact(async (scope) => {
      runs += 1;
      await add(1)(scope);
      if (runs === 1) await three.signal('KILL');
      await add(2)(scope);
    });
    expect(runs).to.equal(2);
    expect(await stored(db.outside)).to.deep.equal([idOf(1), idOf(2)]);
    expect(away).to.deep.equal([hosts[0]]);
    await three.start();
  });

  it('A Galera node without a majority is not used, neither by new connections nor by those that are open', async () => {
    const [, , three] = cluster.nodes;
    const { transact } = sqlTransact(sequelize);
    await Promise.all([1, 2, 3].map(() => sequelize.query('SELECT * FROM things')));
    await three.cutOff();
    try {
      await transact(add(1));
      expect(away).to.deep.equal([hosts[0]]);
      for (const time of [1, 2, 3, 4])
        expect(await stored(sqlTransact(sequelize).outside), String(time)).to.have.length(1);
    } finally {
      await three.rejoin();
    }
  });

  it('A Galera node without a majority is not ready, though it accepts clients and executes what needs no table', async () => {
    const [, , three] = cluster.nodes;
    await migrate(db.sequelize);
    const lone = connect({ url: three.url(nameOf(db)), currency: 'USD' });
    await lone.query('SELECT * FROM things');
    await three.cutOff();
    try {
      await administer(three.url('mysql'), 'SELECT 1');
      expect(asOutage(await errorOf(checkSchema(lone)))?.kind).to.equal('unavailable');
      expect(asOutage(await errorOf(lone.query('SELECT * FROM things')))?.code).to.equal(
        'database_unavailable',
      );
      const newcomer = connect({ url: three.url(nameOf(db)), currency: 'USD' });
      expect(asOutage(await errorOf(newcomer.query('SELECT 1')))?.code).to.equal('database_unavailable');
      await newcomer.close();
      expect(await codeOf(sqlTransact(lone).transact(add(1)))).to.equal('database_unavailable');
    } finally {
      await three.rejoin();
    }
    await eventually(
      () => lone.query('SELECT * FROM things').then(() => true),
      'a node that has a majority again',
    );
    await lone.close();
  });

  it('A Galera node that loses its majority before COMMIT leaves the work to another one', async () => {
    const [, , three] = cluster.nodes;
    const { transact } = sqlTransact(sequelize);
    let runs = 0;
    try {
      await transact(async (scope) => {
        runs += 1;
        await add(1)(scope);
        if (runs === 1) await three.cutOff();
      });
    } finally {
      await three.rejoin();
    }
    expect(away).to.deep.equal([hosts[0]]);
    expect(runs).to.equal(2);
    expect(await stored(db.outside)).to.deep.equal([idOf(1)]);
  });

  it('A Galera node that loses its majority during COMMIT leaves the outcome unknown', async () => {
    const [one, two, three] = cluster.nodes;
    const { transact } = sqlTransact(sequelize);
    let runs = 0;
    try {
      const lost = transact(async (scope) => {
        runs += 1;
        await add(1)(scope);
        // COMMIT waits for the other nodes until they are given up.
        for (const other of [one, two]) await other.signal('STOP');
      });
      expect(await codeOf(lost)).to.equal('outcome_unknown');
      expect(runs).to.equal(1);
    } finally {
      for (const other of [one, two]) await other.signal('CONT');
      for (const node of [one, two, three]) await node.ready();
    }
  });
});
