'use strict';

const addColumns = require('./support/add-columns.cjs');
const columnTypes = require('./support/column-types.cjs');
const dropColumns = require('./support/drop-columns.cjs');
const { removeIndexes } = require('./support/indexes.cjs');
const { holds } = require('./support/tables.cjs');

const NUMBER = { columns: ['number'], unique: true };
const SKU = ['skuKey', 'orderId'];

/** Orders of one statement: no transaction is large. */
const BATCH = 500;

/** As the shop makes numbers: 40 bits of the order's id in Crockford's base 32; another attempt uses other bits. */
const CHARACTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ATTEMPTS = 6;
const numberOf = (id, attempt) => {
  const digits = id.replaceAll('-', '').slice(-15);
  const end = digits.length - attempt;
  const bits = BigInt(`0x${digits.slice(end - 10, end)}`);
  const characters = Array.from(
    { length: 8 },
    (_, at) => CHARACTERS[Number((bits >> BigInt(35 - 5 * at)) & 31n)],
  );
  return `${characters.slice(0, 4).join('')}-${characters.slice(4).join('')}`;
};

const isTaken = ({ name }) => name === 'SequelizeUniqueConstraintError';

/** Numbers orders by one statement; one by one if a number of theirs is taken. */
const number = async (queryInterface, ids, attempt = 0) => {
  const { sequelize } = queryInterface;
  const quote = (name) => queryInterface.quoteIdentifier(name);
  const cases = ids.map((id) => `WHEN '${id}' THEN '${numberOf(id, attempt)}'`).join(' ');
  const list = ids.map((id) => `'${id}'`).join(', ');
  try {
    await sequelize.query(
      `UPDATE ${quote('orders')} SET ${quote('number')} = CASE ${quote('id')} ${cases} END WHERE ${quote('id')} IN (${list})`,
    );
  } catch (error) {
    if (!isTaken(error) || attempt === ATTEMPTS - 1) throw error;
    if (ids.length === 1) await number(queryInterface, ids, attempt + 1);
    else for (const id of ids) await number(queryInterface, [id]);
  }
};

/** Gives a number to each order that has none, and the lines of those orders the keys of their SKUs. */
const complete = async (queryInterface) => {
  const { sequelize } = queryInterface;
  const quote = (name) => queryInterface.quoteIdentifier(name);
  for (;;) {
    const [rows] = await sequelize.query(
      `SELECT ${quote('id')} FROM ${quote('orders')} WHERE ${quote('number')} IS NULL LIMIT ${BATCH}`,
    );
    const ids = rows.map(({ id }) => id);
    if (ids.length === 0) return;
    // Lines first: after an interruption, orders without a number lead to what is left.
    await sequelize.query(
      `UPDATE ${quote('order_lines')} SET ${quote('skuKey')} = LOWER(${quote('sku')})
       WHERE ${quote('sku')} IS NOT NULL AND ${quote('orderId')} IN (${ids.map((id) => `'${id}'`).join(', ')})`,
    );
    await number(queryInterface, ids);
  }
};

module.exports = {
  async up(queryInterface, Sequelize) {
    if (!holds(queryInterface, 'orders')) return;
    const { code, text, nullable } = columnTypes(Sequelize);

    await addColumns(queryInterface, 'orders', {
      columns: { number: nullable(code(9)) },
      indexes: [NUMBER],
    });
    await addColumns(queryInterface, 'order_lines', {
      columns: { skuKey: nullable(text(64)) },
      indexes: [SKU],
    });
    await complete(queryInterface);
  },

  async down(queryInterface) {
    await removeIndexes(queryInterface, 'order_lines', [SKU]);
    await dropColumns(queryInterface, 'order_lines', ['skuKey']);
    await removeIndexes(queryInterface, 'orders', [NUMBER]);
    await dropColumns(queryInterface, 'orders', ['number']);
  },
};
