import type { Sequelize } from 'sequelize';
import { driverOf, type Driver, type Outcome } from './drivers.js';
import type { SqlScope } from './scope.js';
import type { Sql, Value } from './statements.js';

/** The parts of Sequelize that have no types. */
interface Internals {
  readonly connectionManager: {
    getConnection(options: object): Promise<object>;
    releaseConnection(connection: object): void;
  };
  readonly dialect: {
    /** Its errors are those that the rest of this folder knows. */
    readonly Query: new (
      connection: object,
      sequelize: object,
      options: object,
    ) => { formatError(error: unknown, stack: string): Error };
  };
  log(message: string): void;
}

/** A transaction of Sequelize's, as far as it is not in its types. */
export interface Begun {
  readonly id: string;
  readonly connection: object;
  /** How it has ended, or is about to. */
  finished?: string;
  rollback(): Promise<void>;
}

/** More values than that are written in place: what is as long is sent seldom, or never twice with as many values. */
const MOST_VALUES = 128;

/** MySQL's errors. */
const DEADLOCK = 1213;
const TOO_MANY_PREPARED = 1461;

/** A statement with its values in it, as one would type it. */
export const inPlace = (statement: Sql, sequelize: Sequelize): string => {
  const { inText } = driverOf(sequelize);
  return statement((value) => sequelize.escape(inText(known(value)) as string));
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

/** Fails with Sequelize's errors, which tell the driver's as their `parent`. */
const describing = async <T>(
  sequelize: Sequelize,
  connection: object,
  send: () => Promise<T>,
): Promise<T> => {
  try {
    return await send();
  } catch (error) {
    const { Query } = (sequelize as unknown as Internals).dialect;
    throw new Query(connection, sequelize, {}).formatError(error, new Error().stack ?? '');
  }
};

const errnoOf = (error: unknown): unknown => (error as { readonly errno?: unknown }).errno;

/** MySQL has rolled back the whole transaction then: what the work went on to write would be stored on its own. */
const endAfterDeadlock = async (transaction: Begun, error: unknown): Promise<void> => {
  const { parent } = error as { readonly parent?: unknown };
  if (parent !== undefined && errnoOf(parent) === DEADLOCK)
    await transaction.rollback().catch(() => undefined);
};

const log = (sequelize: Sequelize, transaction: Begun | undefined, text: () => string): void => {
  if (sequelize.options.logging !== false)
    (sequelize as unknown as Internals).log(`Executing (${transaction?.id ?? 'default'}): ${text()}`);
};

/** Sends a text that has no values and is not worth preparing. */
export const sendText = (sequelize: Sequelize, transaction: Begun, text: string): Promise<Outcome> => {
  const { connection } = transaction;
  log(sequelize, transaction, () => text);
  return describing(sequelize, connection, () => driverOf(sequelize).execute(connection, text, null));
};

/** Runs a statement of a scope. */
export const run = async (statement: Sql, { sequelize, transaction }: SqlScope): Promise<Outcome> => {
  const { connectionManager } = sequelize as unknown as Internals;
  const driver = driverOf(sequelize);
  const begun = transaction as unknown as Begun | undefined;
  if (begun?.finished !== undefined)
    throw new Error(`the transaction has ended already by ${begun.finished}`);
  const [text, values] = boundText(statement, driver);
  log(sequelize, begun, () => inPlace(statement, sequelize));
  const connection = begun?.connection ?? (await connectionManager.getConnection({}));
  const sendInPlace = () => driver.execute(connection, inPlace(statement, sequelize), null);
  const send = async (): Promise<Outcome> => {
    if (values.length > MOST_VALUES) return sendInPlace();
    try {
      return await driver.execute(connection, text, values);
    } catch (error) {
      if (errnoOf(error) !== TOO_MANY_PREPARED) throw error;
      return sendInPlace();
    }
  };
  try {
    return await describing(sequelize, connection, send);
  } catch (error) {
    if (begun !== undefined) await endAfterDeadlock(begun, error);
    throw error;
  } finally {
    if (begun === undefined) connectionManager.releaseConnection(connection);
  }
};
