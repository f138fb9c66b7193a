import type { Options } from 'sequelize';
import type { SqliteReader } from './sqlite-reader.js';

declare module 'sequelize' {
  interface Options {
    /** ISO 4217 code of the shop's currency; the first migration stores it. */
    shopCurrency?: string;
    /** Whether connections go to another server when theirs is away. */
    failsOver?: boolean;
    /** Sequelize would set the time zone by a round trip of its own, which the session's set-up already does. */
    keepDefaultTimezone?: boolean;
    /** Reads an embedded database beside this thread. */
    reader?: SqliteReader;
  }
}

declare module 'sequelize/types/sequelize' {
  interface Sequelize {
    /** What it was made with; missing from Sequelize's own types. */
    readonly options: Options;
  }
}
