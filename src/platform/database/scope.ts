import type { Sequelize, Transaction } from 'sequelize';

/**
 * A database and, inside `transact`, one of its transactions, to which a SQL repository is bound. Every statement of a repository
 * passes `transaction: scope.transaction`.
 */
export interface SqlScope {
  readonly kind: 'sql';
  readonly sequelize: Sequelize;
  /** `undefined` outside a transaction. Reading it there while a `transact` runs throws: the query would escape it. */
  readonly transaction: Transaction | undefined;
}

/**
 * Returns the transaction of a statement that writes or locks. Throws outside a transaction: there a write would be stored at
 * once, whatever happens to the rest of the work, and a lock would end before it protects anything.
 */
export const requireTransaction = (statement: string, { transaction }: SqlScope): Transaction => {
  if (transaction === undefined) throw new Error(`${statement} outside a transaction`);
  return transaction;
};
