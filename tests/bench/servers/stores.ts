// What the hand-tuned server asks its database with: the driver of each store, prepared statements, and nothing between.
import Database from 'libsql';
import mysql from 'mysql2';
import pg from 'pg';

export type Row = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly rows: readonly Row[];
  /** How many rows were changed. */
  readonly touched: number;
}

/** Runs a statement with identifiers in double quotes and a `?` for each value. */
export type Run = (sql: string, values?: readonly unknown[]) => Promise<Answer>;

export interface Store {
  readonly dialect: 'mysql' | 'postgres' | 'sqlite';
  readonly run: Run;
  /** Commits what `work` does, or rolls it back when it throws. */
  transact<T>(work: (run: Run) => Promise<T>): Promise<T>;
}

const CONNECTIONS = 10;

const inTransaction = async <T>(
  run: Run,
  [begin, commit, rollback]: readonly [string, string, string],
  work: (run: Run) => Promise<T>,
): Promise<T> => {
  await run(begin);
  try {
    const result = await work(run);
    await run(commit);
    return result;
  } catch (error) {
    await run(rollback);
    throw error;
  }
};

const mysqlStore = (uri: string): Store => {
  const pool = mysql.createPool({
    uri,
    connectionLimit: CONNECTIONS,
    timezone: 'Z',
    maxPreparedStatements: 500,
  });
  pool.on('connection', (connection) => {
    connection.query(
      `SET SESSION sql_mode = 'ANSI_QUOTES,STRICT_TRANS_TABLES', time_zone = '+00:00', tx_isolation = 'READ-COMMITTED'`,
    );
  });
  // By callbacks: mysql2's promises keep a stack for every statement.
  const runOn =
    (connection: mysql.Pool | mysql.PoolConnection): Run =>
    (sql, values = []) =>
      new Promise((resolve, reject) => {
        connection.execute(sql, values as mysql.ExecuteValues, (error, result) => {
          if (error !== null) reject(error);
          else if (Array.isArray(result)) resolve({ rows: result as Row[], touched: 0 });
          else resolve({ rows: [], touched: result.affectedRows });
        });
      });
  return {
    dialect: 'mysql',
    run: runOn(pool),
    transact: async (work) => {
      const connection = await new Promise<mysql.PoolConnection>((resolve, reject) => {
        pool.getConnection((error, free) => {
          if (error === null) resolve(free);
          else reject(error);
        });
      });
      try {
        return await inTransaction(runOn(connection), ['START TRANSACTION', 'COMMIT', 'ROLLBACK'], work);
      } finally {
        connection.release();
      }
    },
  };
};

const postgresStore = (connectionString: string): Store => {
  pg.types.setTypeParser(pg.types.builtins.INT8, Number);
  const pool = new pg.Pool({
    connectionString,
    max: CONNECTIONS,
    options: '-c default_transaction_isolation=read\\ committed -c timezone=UTC',
  });
  const prepared = new Map<string, { readonly name: string; readonly text: string }>();
  const statement = (sql: string) => {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    let count = 0;
    const text = sql.replaceAll('?', () => `$${String((count += 1))}`);
    const made = { name: `s${String(prepared.size)}`, text };
    prepared.set(sql, made);
    return made;
  };
  const runOn =
    (client: pg.Pool | pg.PoolClient): Run =>
    async (sql, values = []) => {
      const { rows, rowCount } = await client.query<Row>({ ...statement(sql), values: [...values] });
      return { rows, touched: rowCount ?? 0 };
    };
  return {
    dialect: 'postgres',
    run: runOn(pool),
    transact: async (work) => {
      const client = await pool.connect();
      try {
        return await inTransaction(runOn(client), ['BEGIN', 'COMMIT', 'ROLLBACK'], work);
      } finally {
        client.release();
      }
    },
  };
};

/** As the shop stores them; a number is what it is. */
const sqliteValue = (value: unknown): unknown =>
  value instanceof Date ? `${value.toISOString().replace('T', ' ').slice(0, -1)} +00:00` : value;

const sqliteStore = (path: string): Store => {
  const open = (): Run => {
    const database = new Database(path);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON');
    const prepared = new Map<string, Database.Statement>();
    return (sql, values = []) => {
      const statement = prepared.get(sql) ?? database.prepare(sql);
      prepared.set(sql, statement);
      const bound = values.map(sqliteValue);
      if (statement.reader) return Promise.resolve({ rows: statement.all(...bound) as Row[], touched: 0 });
      return Promise.resolve({ rows: [], touched: statement.run(...bound).changes });
    };
  };
  const [read, write] = [open(), open()];
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: there is one writer. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    dialect: 'sqlite',
    run: (sql, values) => (sql.startsWith('SELECT') ? read(sql, values) : inTurn(() => write(sql, values))),
    transact: (work) => inTurn(() => inTransaction(write, ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'], work)),
  };
};

/** Opens the database of a URL as the shop writes it. */
export const openStore = (url: string): Store => {
  if (url.startsWith('sqlite:')) return sqliteStore(url.slice('sqlite:'.length));
  return url.startsWith('postgres') ? postgresStore(url) : mysqlStore(url);
};
