import type { Sequelize, Transaction } from 'sequelize';

/**
 * What a SQL repository is bound to: a database and, inside `transact`, one transaction of it. Every statement of a
 * repository passes `transaction: scope.transaction`.
 */
export interface SqlScope {
  readonly kind: 'sql';
  readonly sequelize: Sequelize;
  /** `undefined` outside a transaction. Reading it there while a `transact` runs throws: the query would escape it. */
  readonly transaction: Transaction | undefined;
}

/**
 * Returns the transaction of a statement that writes or locks. Throws outside of one: there a write would be stored at once,
 * whatever becomes of the rest of the work, and a lock would be gone before it is of use.
 */
export const requireTransaction = (statement: string, { transaction }: SqlScope): Transaction => {
  if (transaction === undefined) throw new Error(`${statement} outside a transaction`);
  return transaction;
};
