import { expect } from 'chai';
import { QueryTypes, type Sequelize } from 'sequelize';
import { connect } from '#src/platform/database/connect.js';
import { migrate } from '#src/platform/database/migrate.js';
import { onOwnServer, onServer } from '../support/databases.js';
import { createMariadbDatabase, startMariadb } from '../support/mariadb.js';
import { createPostgresDatabase } from '../support/postgres.js';
import { testShop } from '../support/test-shop.js';
import type { RunningServer, TestDatabase } from '../support/throwaway-server.js';

/** Characters of which each means something else under one of the settings. */
const NAME = `Ivan's "Иван" || \\' -- 100% ж 🙂`;

/** Asks a new connection something, as the shop would open it. */
const onConnection = async <T>(url: string, ask: (sequelize: Sequelize) => Promise<T>): Promise<T> => {
  const sequelize = connect({ url, currency: 'USD' });
  try {
    return await ask(sequelize);
  } finally {
    await sequelize.close();
  }
};

/** Starts a shop twice, signs up, logs in, sells something and finds it. */
const runsAShop = async (DATABASE_URL: string): Promise<void> => {
  await (await testShop({ environment: { DATABASE_URL } })).close();
  const shop = await testShop({ environment: { DATABASE_URL } });
  try {
    const { id, email, password } = await shop.signUp({ name: NAME });
    const { token } = await shop.logIn(email, password);
    expect((await shop.get('/auth/me', { token })).body).to.include({ id, name: NAME });
    const json = { name: NAME, description: NAME, price: 19.99, quantity: 3 };
    const product = await shop.post('/products', { token: shop.adminToken, json });
    expect(product.status, JSON.stringify(product.body)).to.equal(201);
    const list = await shop.get(`/products?q=${encodeURIComponent('иван')}`);
    expect((list.body.items as { name: string }[]).map(({ name }) => name)).to.deep.equal([NAME]);
  } finally {
    await shop.close();
  }
};

onServer('PostgreSQL', 'A database with other defaults', () => {
  let place: TestDatabase;
  beforeEach(async () => (place = await createPostgresDatabase()));
  afterEach(() => place.drop());

  const DEFAULTS = {
    client_encoding: 'LATIN1', // pg asks for UTF8 as it connects
    datestyle: 'German',
    intervalstyle: 'iso_8601',
    bytea_output: 'escape',
    extra_float_digits: '-15',
    standard_conforming_strings: 'off', // Sequelize sets it
    transform_null_equals: 'on',
    search_path: 'elsewhere',
    timezone: 'Asia/Kolkata',
    default_transaction_isolation: 'serializable',
    default_transaction_read_only: 'on',
    default_transaction_deferrable: 'on',
    statement_timeout: '3s',
    lock_timeout: '3s',
    idle_in_transaction_session_timeout: '3s',
  };
  const changeDefaults = async (): Promise<void> => {
    const name = new URL(place.url).pathname.slice(1);
    for (const [setting, value] of Object.entries(DEFAULTS))
      await place.admin(`ALTER DATABASE ${name} SET ${setting} = '${value}'`);
  };

  it('PostgreSQL with unusual defaults leaves no trace in a connection of the shop', async () => {
    await changeDefaults();
    const sql = `SELECT name FROM pg_settings WHERE source LIKE '%database%'`;
    const rows = await onConnection(place.url, (db) => db.query(sql, { type: QueryTypes.SELECT }));
    expect(rows).to.deep.equal([]);
  });

  it('PostgreSQL with unusual defaults serves a shop', async () => {
    await changeDefaults();
    await runsAShop(place.url);
  });
});

onServer('PostgreSQL', 'A database that can not store every text', () => {
  for (const encoding of ['LATIN1', 'SQL_ASCII'])
    it(`PostgreSQL with the encoding ${encoding} is refused at the start`, async () => {
      const place = await createPostgresDatabase();
      const url = new URL(place.url);
      url.pathname += '_narrow';
      const name = url.pathname.slice(1);
      await place.admin(
        `CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LOCALE_PROVIDER libc LOCALE 'C'`,
      );
      const outcome = await onConnection(url.href, migrate).then(
        () => 'migrated',
        (error: unknown) => String(error),
      );
      expect(outcome).to.match(new RegExp(`^Error: DATABASE_URL .*${encoding}.* ENCODING 'UTF8'.*$`));
      expect(outcome).to.contain('pg_dump');
      await place.admin(`DROP DATABASE ${name}`);
      await place.drop();
    });
});

onOwnServer('MariaDB', 'A server with other defaults', () => {
  let server: RunningServer;
  let place: TestDatabase;
  before(async () => {
    server = await startMariadb([
      '--lower-case-table-names=1',
      '--character-set-server=latin1',
      '--collation-server=latin1_german2_ci',
      '--skip-character-set-client-handshake',
    ]);
    place = await createMariadbDatabase(server);
  });
  after(() => server.close());

  const DEFAULTS = {
    sql_mode: `'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,IGNORE_SPACE,NO_UNSIGNED_SUBTRACTION'`,
    time_zone: `'+05:30'`,
    tx_isolation: `'SERIALIZABLE'`,
    tx_read_only: '1',
    autocommit: '0',
    completion_type: `'CHAIN'`,
    default_storage_engine: `'Aria'`,
    foreign_key_checks: '0',
    unique_checks: '0',
    check_constraint_checks: '0',
    sql_safe_updates: '1',
    sql_auto_is_null: '1',
    sql_big_selects: '0',
    sql_select_limit: '1',
    max_sort_length: '8',
    innodb_lock_wait_timeout: '3',
    max_statement_time: '3',
  };
  const changeDefaults = (): Promise<unknown> =>
    place.admin(
      `SET ${Object.entries(DEFAULTS)
        .map(([name, value]) => `GLOBAL ${name} = ${value}`)
        .join(', ')}`,
    );
  const CHARACTERS = ['character_set_client', 'character_set_connection', 'character_set_results'];
  const session = (): Promise<unknown> =>
    onConnection(place.url, (db) =>
      db.query(
        `SHOW SESSION VARIABLES WHERE Variable_name IN ('${[...Object.keys(DEFAULTS), ...CHARACTERS, 'collation_connection'].join("', '")}')`,
        { type: QueryTypes.SELECT },
      ),
    );

  it('MariaDB with unusual defaults leaves no trace in a connection of the shop, and serves one', async () => {
    const before = JSON.stringify(await session());
    for (const variable of CHARACTERS)
      expect(before).to.contain(`"Variable_name":"${variable}","Value":"utf8mb4"`);
    await changeDefaults();
    expect(JSON.stringify(await session())).to.equal(before);
    await runsAShop(place.url);
  });
});
