import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';

// Sequelize listens to the errors of a connection a moment after it was made. A server that ends it within that moment, as one that
// shuts down does, would end the process: an `error` event that nobody listens to is thrown. So these drivers listen from the start.
// The error is not lost: the next statement on that connection fails.

/** The part of `mysql2` that is used here. */
interface Mysql {
  createConnection(options: object): EventEmitter;
}

/** The part of `pg` that is used here. */
interface Postgres {
  readonly Client: new (options: object) => EventEmitter;
  readonly types: object;
}

const require = createRequire(import.meta.url); // a shop loads the driver of its own database only

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
