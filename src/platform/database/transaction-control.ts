import type { Sequelize } from 'sequelize';
import { sendText, type Begun } from './prepared.js';

/** The parts of Sequelize that send what begins and ends a transaction. Not in its types. */
interface Control {
  readonly queryGenerator: Readonly<
    Record<
      'startTransactionQuery' | 'commitTransactionQuery' | 'rollbackTransactionQuery',
      (transaction: Begun) => string
    >
  >;
  startTransaction(transaction: Begun): Promise<unknown>;
  commitTransaction(transaction: Begun): Promise<unknown>;
  rollbackTransaction(transaction: Begun): Promise<unknown>;
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
