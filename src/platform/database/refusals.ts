import type { ForeignKeyConstraintError, UniqueConstraintError } from 'sequelize';
import type { DomainError } from '#src/kernel/errors.js';

// For statements of other projects' adapters, which then need no sequelize of their own.
export { QueryTypes } from 'sequelize';

/**
 * The errors to throw when a write violates a constraint, by the constraint's name. Names follow from what they constrain, so
 * that they are known even if the driver does not report them (SQLite reports a unique constraint's columns, and nothing about a
 * foreign key): `users_emailKey_unique`, `products_categoryId_fk`, and `users_pkey` for a primary key.
 */
export type Refusals = Readonly<Record<string, () => DomainError>>;

export const uniqueName = (table: string, columns: readonly string[]): string =>
  `${table}_${columns.join('_')}_unique`;
const primaryName = (table: string): string => `${table}_pkey`;

const isForeignKey = (name: string): boolean => name.endsWith('_fk');

/** Compares by name, like `isDomainError`: another project's adapter may use its own copy of sequelize. */
const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;

/** Returns whether a write was refused because a row with the same unique key exists. */
export const isUniqueViolation = (error: unknown): error is UniqueConstraintError =>
  isNamed(error, 'SequelizeUniqueConstraintError');

const isForeignKeyViolation = (error: unknown): error is ForeignKeyConstraintError =>
  isNamed(error, 'SequelizeForeignKeyConstraintError');

interface DriverViolation {
  readonly message: string;
  readonly sqlMessage?: string;
  /** PostgreSQL reports the name. */
  readonly constraint?: string;
  readonly code?: string;
}

const violated = (error: UniqueConstraintError | ForeignKeyConstraintError): DriverViolation => error.parent;

/** Returns the possible names of the violated unique constraint: SQLite does not report whether it was the primary key. */
const uniqueNames = (error: UniqueConstraintError, table: string): readonly string[] => {
  const { message, sqlMessage = message, constraint, code } = violated(error);
  if (constraint !== undefined) return [constraint];
  const columns = /UNIQUE constraint failed: (.+)$/.exec(message)?.[1];
  if (columns !== undefined) {
    const names = columns.split(', ').map((column) => column.slice(column.indexOf('.') + 1));
    return [code === 'SQLITE_CONSTRAINT_PRIMARYKEY' ? primaryName(table) : uniqueName(table, names)];
  }
  // MySQL 8 puts the table before the key, MariaDB does not.
  const key = /for key '(?:[^'.]*\.)?([^']+)'$/.exec(sqlMessage)?.[1];
  if (key === undefined) return [];
  return [key === 'PRIMARY' ? primaryName(table) : key];
};

const foreignKeyNames = (error: ForeignKeyConstraintError, refusals: Refusals): readonly string[] => {
  const { message, sqlMessage = message, constraint } = violated(error);
  const name = constraint ?? /CONSTRAINT [`"]([^`"]+)[`"] FOREIGN KEY/.exec(sqlMessage)?.[1];
  return name === undefined ? Object.keys(refusals).filter(isForeignKey) : [name];
};

const refusalFor = (error: unknown, table: string, refusals: Refusals): DomainError | null => {
  const names = isUniqueViolation(error)
    ? uniqueNames(error, table)
    : isForeignKeyViolation(error)
      ? foreignKeyNames(error, refusals)
      : [];
  const name = names.find((candidate) => candidate in refusals);
  return name === undefined ? null : (refusals[name]?.() ?? null);
};

/** Runs a write; throws the refusal of a violation that `refusals` names, and any other error unchanged. */
export const refusing = async <T>(table: string, refusals: Refusals, write: () => Promise<T>): Promise<T> => {
  // Checked on every database, since only a database that does not name foreign keys would fail.
  if (Object.keys(refusals).filter(isForeignKey).length > 1)
    throw new Error(`${table}: only one foreign key can be told apart in a single write`);
  try {
    return await write();
  } catch (error) {
    throw refusalFor(error, table, refusals) ?? error;
  }
};
