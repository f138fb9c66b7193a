import { QueryTypes, type Sequelize } from 'sequelize';

/**
 * Throws when the database holds the amounts of a shop in another currency than this one is configured for. The first
 * migration has stored it.
 */
export const checkCurrency = async (sequelize: Sequelize): Promise<void> => {
  const { shopCurrency } = sequelize.options;
  const quote = (name: string): string => sequelize.getQueryInterface().quoteIdentifier(name);
  const [row] = await sequelize.query<{ value: string }>(
    `SELECT ${quote('value')} FROM shop_settings WHERE ${quote('name')} = 'currency'`,
    { type: QueryTypes.SELECT },
  );
  if (row?.value !== shopCurrency)
    throw new Error(
      `SHOP_CURRENCY is ${String(shopCurrency)}, but this database belongs to a shop in ${row?.value ?? 'no currency'}`,
    );
};
