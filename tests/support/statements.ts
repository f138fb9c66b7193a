import type { Sequelize } from 'sequelize';

/** The statements of a database, each with the values that it was sent with. */
export interface RecordedStatements {
  /** Records what is sent from now on. */
  from(sequelize: Sequelize): void;
  /** Returns the statements that `act` sent, in their order. */
  during(act: () => Promise<unknown>): Promise<readonly string[]>;
}

/** What Sequelize writes before a statement: `Executing (<transaction>): `. */
const PREFIX = /^Executing \([^)]*\): /;

export const recordedStatements = (): RecordedStatements => {
  let sent: string[] = [];
  return {
    from: (sequelize) => {
      sequelize.options.logQueryParameters = true;
      sequelize.options.logging = (sql) => sent.push(sql.replace(PREFIX, ''));
    },
    during: async (act) => {
      sent = [];
      await act();
      const during = sent;
      sent = [];
      return during;
    },
  };
};

/** The statements that were sent more than once with the same values, each once. */
export const sentTwice = (statements: readonly string[]): readonly string[] =>
  [...new Set(statements)].filter((sql) => statements.indexOf(sql) !== statements.lastIndexOf(sql));
