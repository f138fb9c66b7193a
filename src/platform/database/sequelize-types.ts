import type { Options } from 'sequelize';
import type { SqliteReader } from './sqlite-reader.js';

declare module 'sequelize' {
  interface Options {
    /** ISO 4217 code of the shop's currency; the first migration stores it. */
    shopCurrency?: string;
    /** Whether connections go to another server if theirs is unavailable. */
    failsOver?: boolean;
    /** Without it, Sequelize sets the time zone by a round trip of its own; the session's set-up already does. */
    keepDefaultTimezone?: boolean;
    /** Reads an embedded database off this thread. */
    reader?: SqliteReader;
  }
}

declare module 'sequelize/types/sequelize' {
  interface Sequelize {
    /** The options that it was created with; missing from Sequelize's own types. */
    readonly options: Options;
  }
}
