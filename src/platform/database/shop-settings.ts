import { QueryTypes, type Sequelize } from 'sequelize';
import { isTransient } from './database-errors.js';
import { isUniqueViolation } from './refusals.js';

const quoted = (sequelize: Sequelize) => {
  const quote = (name: string): string => sequelize.getQueryInterface().quoteIdentifier(name);
  return { name: quote('name'), value: quote('value') };
};

/** Returns the shop's stored setting of that name; null if there is none. */
export const readSetting = async (sequelize: Sequelize, setting: string): Promise<string | null> => {
  const { name, value } = quoted(sequelize);
  const [row] = await sequelize.query<{ value: string }>(
    `SELECT ${value} FROM shop_settings WHERE ${name} = :setting`,
    { type: QueryTypes.SELECT, replacements: { setting } },
  );
  return row?.value ?? null;
};

/** Changes a setting that a migration has stored. */
export const changeSetting = async (sequelize: Sequelize, setting: string, to: string): Promise<void> => {
  const { name, value } = quoted(sequelize);
  await sequelize.query(`UPDATE shop_settings SET ${value} = :to WHERE ${name} = :setting`, {
    replacements: { setting, to },
  });
};

/** Adds a setting; returns false if it exists. */
const addSetting = async (sequelize: Sequelize, setting: string, to: string): Promise<boolean> => {
  const { name, value } = quoted(sequelize);
  try {
    await sequelize.query(`INSERT INTO shop_settings (${name}, ${value}) VALUES (:setting, :to)`, {
      replacements: { setting, to },
    });
    return true;
  } catch (error) {
    if (isUniqueViolation(error) || isTransient(error)) return false;
    throw error;
  }
};

/** Changes a setting if it has the value `is`; returns false if it has another one, or is not there. */
export const replaceSetting = async (
  sequelize: Sequelize,
  setting: string,
  { is, to }: { readonly is: string; readonly to: string },
): Promise<boolean> => {
  const { name, value } = quoted(sequelize);
  const changed = await sequelize.query(
    `UPDATE shop_settings SET ${value} = :to WHERE ${name} = :setting AND ${value} = :is`,
    { type: QueryTypes.BULKUPDATE, replacements: { setting, is, to } },
  );
  return changed === 1;
};

/**
 * Stores a setting and returns the value before; null if there was none. Of concurrent processes, each receives the value of
 * another one.
 */
export const swapSetting = async (
  sequelize: Sequelize,
  setting: string,
  to: string,
): Promise<string | null> => {
  for (;;) {
    const before = await readSetting(sequelize, setting);
    if (before === to) return before;
    const isStored =
      before === null
        ? await addSetting(sequelize, setting, to)
        : await replaceSetting(sequelize, setting, { is: before, to });
    if (isStored) return before;
  }
};

/** Removes a setting, if it has that value. */
export const removeSetting = async (sequelize: Sequelize, setting: string, is: string): Promise<void> => {
  const { name, value } = quoted(sequelize);
  await sequelize.query(`DELETE FROM shop_settings WHERE ${name} = :setting AND ${value} = :is`, {
    replacements: { setting, is },
  });
};

/** Throws if the database holds amounts in another currency than the configured one. The first migration has stored it. */
export const checkCurrency = async (sequelize: Sequelize): Promise<void> => {
  const { shopCurrency } = sequelize.options;
  const stored = await readSetting(sequelize, 'currency');
  if (stored !== shopCurrency)
    throw new Error(
      `SHOP_CURRENCY is ${String(shopCurrency)}, but this database belongs to a shop in ${stored ?? 'no currency'}`,
    );
};
