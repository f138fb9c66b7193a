import { QueryTypes, type Sequelize } from 'sequelize';

const quoted = (sequelize: Sequelize) => {
  const quote = (name: string): string => sequelize.getQueryInterface().quoteIdentifier(name);
  return { name: quote('name'), value: quote('value') };
};

/** What the shop has stored about itself under that name; null when it has stored nothing. */
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

/**
 * Throws when the database holds the amounts of a shop in another currency than this one is configured for. The first
 * migration has stored it.
 */
export const checkCurrency = async (sequelize: Sequelize): Promise<void> => {
  const { shopCurrency } = sequelize.options;
  const stored = await readSetting(sequelize, 'currency');
  if (stored !== shopCurrency)
    throw new Error(
      `SHOP_CURRENCY is ${String(shopCurrency)}, but this database belongs to a shop in ${stored ?? 'no currency'}`,
    );
};
