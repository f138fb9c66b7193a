import { DataTypes, type ModelAttributeColumnOptions } from 'sequelize';

/**
 * A column as Sequelize declares it, and the conversion of its values from a raw row. Reads are raw because building model
 * instances doubles their cost; `read` evens out what the drivers return for a type (SQLite: dates as strings; SQLite and MySQL:
 * booleans as 0 and 1; MySQL and PostgreSQL: large integers as strings).
 */
export interface Column<T> {
  readonly attribute: ModelAttributeColumnOptions;
  readonly read: (raw: unknown) => T;
}

const column = <T>(type: ModelAttributeColumnOptions['type'], read: (raw: unknown) => T): Column<T> => ({
  attribute: { type, allowNull: false },
  read,
});

const readText = (raw: unknown): string => {
  if (typeof raw !== 'string') throw new TypeError(`expected text in a row, found ${typeof raw}`);
  return raw;
};

const readInteger = (raw: unknown): number => {
  const value = typeof raw === 'string' || typeof raw === 'bigint' ? Number(raw) : raw;
  if (!Number.isSafeInteger(value)) throw new RangeError('expected a safe integer in a row');
  return value as number;
};

const readInstant = (raw: unknown): Date => {
  const value = raw instanceof Date ? raw : new Date(readText(raw));
  if (Number.isNaN(value.getTime())) throw new RangeError('expected an instant in a row');
  return value;
};

const readFlag = (raw: unknown): boolean => raw === true || raw === 1;

/** A UUID in lower case, CHAR(36). */
export const uuid = <Id extends string = string>(): Column<Id> =>
  column(DataTypes.CHAR(36), (raw) => readText(raw) as Id);

/** A code of exactly `length` ASCII characters, such as a hash in hexadecimal or a currency. */
export const code = <T extends string = string>(length: number): Column<T> =>
  column(DataTypes.CHAR(length), (raw) => readText(raw) as T);

/** Text of at most `length` characters (code points). All text is compared by code point: `a` is not `A`. */
export const text = <T extends string = string>(length: number): Column<T> =>
  column(DataTypes.STRING(length), (raw) => readText(raw) as T);

/** A normalised sort key from `kernel/text.ts`: text that every database sorts alike, by code point. */
export const sortKeyColumn = (): Column<string> => text(200);

/** Text without a limit of its own (MySQL: 16 MB). */
export const longText = (): Column<string> => column(DataTypes.TEXT, readText);

/** A point in time, UTC, to the millisecond. */
export const instant = (): Column<Date> => column(DataTypes.DATE(3), readInstant);

/** An amount of money in minor units, a safe integer. */
export const minorUnits = (): Column<number> => column(DataTypes.BIGINT, readInteger);

/** A time in milliseconds since 1970, or a number of them: comparable with `databaseNow`. */
export const milliseconds = (): Column<number> => column(DataTypes.BIGINT, readInteger);

/** A number of bytes, which may exceed 2 GB. */
export const byteCount = (): Column<number> => column(DataTypes.BIGINT, readInteger);

export const integer = (): Column<number> => column(DataTypes.INTEGER, readInteger);

/** Counts the writes of an aggregate; `updateVersion` raises it. */
export const version = (): Column<number> => integer();

export const flag = (): Column<boolean> => column(DataTypes.BOOLEAN, readFlag);

/** Returns the same column with SQL's NULL as `null`. */
export const nullable = <T>({ attribute, read }: Column<T>): Column<T | null> => ({
  attribute: { ...attribute, allowNull: true },
  read: (raw) => (raw === null || raw === undefined ? null : read(raw)),
});

/** Returns the same column as the primary key, or as a part of it. */
export const primaryKey = <T>({ attribute, read }: Column<T>): Column<T> => ({
  attribute: { ...attribute, primaryKey: true },
  read,
});
