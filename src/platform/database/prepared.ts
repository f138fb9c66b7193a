import type { Sequelize, Transaction } from 'sequelize';
import { driverOf, type Driver, type Outcome } from './drivers.js';
import { isGaleraConnection } from './mysql-session.js';
import type { SqlScope } from './scope.js';
import type { Sql, Value } from './statements.js';

/** More values than that are written in place: what is as long is sent seldom, or never twice with as many values. */
const MOST_VALUES = 128;

/**
 * Returns whether a statement is prepared. Never on Galera: where another node's commit undoes a transaction while a statement of it is
 * prepared, MariaDB may report no error; what the work had written is gone, and COMMIT succeeds.
 */
const isPrepared = (connection: object, values: readonly unknown[]): boolean =>
  values.length <= MOST_VALUES && !isGaleraConnection(connection);

/** MySQL's errors. */
const DEADLOCK = 1213;
const TOO_MANY_PREPARED = 1461;

/** A statement with its values in it, as one would type it. */
export const inPlace = (statement: Sql, sequelize: Sequelize): string => {
  const { inText, literal } = driverOf(sequelize);
  return statement((value) => literal(sequelize.escape(inText(known(value)) as string), known(value)));
};

const known = (value: Value | undefined): Value => {
  if (value === undefined) throw new TypeError('a statement has a value that is undefined');
  return value;
};

const boundText = (statement: Sql, { bound, placeholder }: Driver): readonly [string, readonly unknown[]] => {
  const values: unknown[] = [];
  const text = statement((value) => {
    values.push(bound(known(value)));
    return placeholder(value, values.length);
  });
  return [text, values];
};

/** Returns Sequelize's error for one of the driver, which is its `parent`. */
const described = (sequelize: Sequelize, connection: object, error: unknown): Error => {
  const { Query } = sequelize.dialect;
  return new Query(connection, sequelize, {}).formatError(error, new Error().stack ?? '');
};

const errnoOf = (error: unknown): unknown => (error as { readonly errno?: unknown }).errno;

/** MySQL has rolled back the whole transaction then: what the work went on to write would be stored on its own. */
const endAfterDeadlock = async (transaction: Transaction, error: unknown): Promise<void> => {
  if (errnoOf(error) === DEADLOCK) await transaction.rollback().catch(() => undefined);
};

const log = (sequelize: Sequelize, transaction: Transaction | undefined, text: () => string): void => {
  if (sequelize.options.logging !== false)
    sequelize.log(`Executing (${transaction?.id ?? 'default'}): ${text()}`);
};

/** Sends a text that has no values and is not worth preparing. */
export const sendText = async (
  sequelize: Sequelize,
  transaction: Transaction,
  text: string,
): Promise<Outcome> => {
  const { connection } = transaction;
  log(sequelize, transaction, () => text);
  try {
    return await driverOf(sequelize).execute(connection, text, null);
  } catch (error) {
    throw described(sequelize, connection, error);
  }
};

/** Runs a statement of a scope. */
export const run = async (statement: Sql, { sequelize, transaction }: SqlScope): Promise<Outcome> => {
  const { connectionManager } = sequelize;
  const driver = driverOf(sequelize);
  if (transaction?.finished !== undefined)
    throw new Error(`the transaction has ended already by ${transaction.finished}`);
  const [text, values] = boundText(statement, driver);
  log(sequelize, transaction, () => inPlace(statement, sequelize));
  const connection = transaction?.connection ?? (await connectionManager.getConnection({}));
  const sendInPlace = () => driver.execute(connection, inPlace(statement, sequelize), null);
  const sendPrepared = () =>
    driver.execute(connection, text, values).catch((error: unknown) => {
      if (errnoOf(error) !== TOO_MANY_PREPARED) throw error;
      return sendInPlace();
    });
  try {
    return await (isPrepared(connection, values) ? sendPrepared() : sendInPlace());
  } catch (error) {
    if (transaction !== undefined) await endAfterDeadlock(transaction, error);
    throw described(sequelize, connection, error);
  } finally {
    if (transaction === undefined) connectionManager.releaseConnection(connection);
  }
};
