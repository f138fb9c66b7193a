import type { Options } from 'sequelize';
import type { SqliteReader } from './sqlite-reader.js';

declare module 'sequelize' {
  interface Options {
    /** ISO 4217 code of the shop's currency; the first migration stores it. */
    shopCurrency?: string;
    /** The contexts whose tables the database has, apart from the platform's; all by default. */
    contexts?: readonly string[];
    /** Whether connections go to another server if theirs is unavailable. */
    failsOver?: boolean;
    /** Without it, Sequelize sets the time zone by a round trip of its own; the session's set-up already does. */
    keepDefaultTimezone?: boolean;
    /** Reads an embedded database off this thread. */
    reader?: SqliteReader;
  }
}

// What Sequelize 6 has and its own types lack.

declare module 'sequelize/types/sequelize' {
  interface Sequelize {
    /** The options that it was created with. */
    readonly options: Options;
    readonly dialect: {
      readonly name?: string;
      /** Makes errors of the driver those that the rest of this folder knows. */
      readonly Query: new (
        connection: object,
        sequelize: object,
        options: object,
      ) => { formatError(error: unknown, stack: string): Error };
    };
    log(message: string): void;
  }
}

declare module 'sequelize/types/transaction' {
  interface Transaction {
    readonly id: string;
    readonly connection: object;
    /** How it has ended, or is about to. */
    finished?: string;
  }
}

declare module 'sequelize/types/dialects/abstract/connection-manager' {
  interface ConnectionManager {
    /** Without options, a connection that may write. */
    getConnection(options: object): Promise<object>;
  }
}
