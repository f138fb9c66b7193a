import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';

// Sequelize adds its error listener shortly after a connection is made. A server that closes the connection before that, as
// during its shutdown, would end the process: an `error` event without a listener is thrown. So these drivers add a listener from
// the start. The error is not lost: the next statement on that connection fails.

/** The part of `mysql2` that is used here. */
interface Mysql {
  createConnection(options: object): EventEmitter;
}

/** The part of `pg` that is used here. */
interface Postgres {
  readonly Client: new (options: object) => EventEmitter;
  readonly types: object;
}

const require = createRequire(import.meta.url); // a shop loads only the driver of its own database

const listening = <C extends EventEmitter>(connection: C): C => connection.on('error', () => undefined);

/** Returns Sequelize's `dialectModule` for `dialect: 'mysql'`. */
export const mysqlDriver = (): object => {
  const driver = require('mysql2') as Mysql;
  return { createConnection: (options: object) => listening(driver.createConnection(options)) };
};

/** Returns Sequelize's `dialectModule` for `dialect: 'postgres'`. */
export const postgresDriver = (): object => {
  const { Client, types } = require('pg') as Postgres;
  return {
    types,
    Client: class extends Client {
      constructor(options: object) {
        super(options);
        listening(this);
      }
    },
  };
};
