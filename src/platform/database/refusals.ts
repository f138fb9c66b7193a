import type { ForeignKeyConstraintError, UniqueConstraintError } from 'sequelize';
import type { DomainError } from '#src/kernel/errors.js';

// For statements of adapters in other projects, which need no sequelize of their own then.
export { QueryTypes } from 'sequelize';

/**
 * What to throw when a write violates a constraint, by the constraint's name. Names follow from what they constrain, so
 * that they are known even where the driver does not tell them (SQLite tells a unique constraint's columns, and nothing
 * about a foreign key): `users_emailKey_unique`, `products_categoryId_fk`, and `users_pkey` for a primary key.
 */
export type Refusals = Readonly<Record<string, () => DomainError>>;

export const uniqueName = (table: string, columns: readonly string[]): string =>
  `${table}_${columns.join('_')}_unique`;
const primaryName = (table: string): string => `${table}_pkey`;

const isForeignKey = (name: string): boolean => name.endsWith('_fk');

/** Tells by name, like `isDomainError`: an adapter of another project may use a copy of sequelize of its own. */
const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;

/** Whether a write was refused because a row with the same unique key exists. */
export const isUniqueViolation = (error: unknown): error is UniqueConstraintError =>
  isNamed(error, 'SequelizeUniqueConstraintError');

const isForeignKeyViolation = (error: unknown): error is ForeignKeyConstraintError =>
  isNamed(error, 'SequelizeForeignKeyConstraintError');

interface DriverViolation {
  readonly message: string;
  readonly sqlMessage?: string;
  /** PostgreSQL tells the name. */
  readonly constraint?: string;
  readonly code?: string;
}

const violated = (error: UniqueConstraintError | ForeignKeyConstraintError): DriverViolation => error.parent;

/** The names that the violated unique constraint may go by: SQLite does not say whether it was the primary key. */
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

/** Runs a write; a violation that `refusals` names is thrown as the refusal, any other error as it is. */
export const refusing = async <T>(table: string, refusals: Refusals, write: () => Promise<T>): Promise<T> => {
  // Said on every database, or it would only be noticed on the one that does not name foreign keys.
  if (Object.keys(refusals).filter(isForeignKey).length > 1)
    throw new Error(`${table}: only one foreign key can be told apart in a single write`);
  try {
    return await write();
  } catch (error) {
    throw refusalFor(error, table, refusals) ?? error;
  }
};
