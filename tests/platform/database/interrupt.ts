import type { Sequelize } from 'sequelize';
import { driverOf } from '#src/platform/database/drivers.js';

const WRITES = /^(CREATE|ALTER|DROP|INSERT|UPDATE|DELETE)\b/i;

/** Statements of the lease under which migrations run are not the migrations' own. */
const OF_LEASES = /\bleases\b/;

type Query = (sql: string | { readonly query: string }, options?: object) => Promise<unknown>;

/** Makes the work fail right after each statement that has written something and that `isLast` chooses. */
export const interruptAfter = (sequelize: Sequelize, isLast: (sql: string) => boolean): void => {
  const check = (sql: string): void => {
    if (WRITES.test(sql) && !OF_LEASES.test(sql) && isLast(sql)) throw new Error(`interrupted after ${sql}`);
  };
  const target = sequelize as unknown as { query: Query };
  const query = target.query.bind(sequelize);
  target.query = async (statement, options) => {
    const result = await query(statement, options);
    check(typeof statement === 'string' ? statement : statement.query);
    return result;
  };
  const driver = driverOf(sequelize);
  const { execute } = driver;
  const checked: typeof execute = async (connection, text, values) => {
    const outcome = await execute(connection, text, values);
    check(text);
    return outcome;
  };
  Object.assign(driver, { execute: checked });
};
