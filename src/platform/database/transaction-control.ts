import type { Sequelize, Transaction } from 'sequelize';
import { sendText } from './prepared.js';

/** The parts of Sequelize that send what begins and ends a transaction. Not in its types. */
interface Control {
  readonly queryGenerator: Readonly<
    Record<
      'startTransactionQuery' | 'commitTransactionQuery' | 'rollbackTransactionQuery',
      (transaction: Transaction) => string
    >
  >;
  startTransaction(transaction: Transaction): Promise<unknown>;
  commitTransaction(transaction: Transaction): Promise<unknown>;
  rollbackTransaction(transaction: Transaction): Promise<unknown>;
}

/**
 * Sends BEGIN, COMMIT and ROLLBACK without what Sequelize puts around every query. What its transactions are otherwise, how they get
 * a connection and give it back or destroy it, stays Sequelize's. There are no nested ones.
 */
export const shortenTransactions = (sequelize: Sequelize): void => {
  const control = sequelize.getQueryInterface() as unknown as Control;
  const { queryGenerator } = control;
  control.startTransaction = (transaction) =>
    sendText(sequelize, transaction, queryGenerator.startTransactionQuery(transaction));
  control.commitTransaction = (transaction) => {
    const text = queryGenerator.commitTransactionQuery(transaction);
    transaction.finished = 'commit';
    return sendText(sequelize, transaction, text);
  };
  control.rollbackTransaction = (transaction) => {
    const text = queryGenerator.rollbackTransactionQuery(transaction);
    transaction.finished = 'rollback';
    return sendText(sequelize, transaction, text);
  };
};
