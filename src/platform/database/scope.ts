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
