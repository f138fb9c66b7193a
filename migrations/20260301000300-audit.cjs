'use strict';

const { randomBytes } = require('node:crypto');
const addColumns = require('./support/add-columns.cjs');
const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');
const dropColumns = require('./support/drop-columns.cjs');
const { removeIndexes } = require('./support/indexes.cjs');
const { holds } = require('./support/tables.cjs');

const BATCH = 500;

/** Who has come before there was a log gets a salt as everybody does who comes later. */
const giveSalts = async (queryInterface) => {
  const quote = (identifier) => queryInterface.quoteIdentifier(identifier);
  const [id, users, personId, salts] = ['id', 'users', 'personId', 'audit_salts'].map(quote);
  const saltless = `SELECT ${id} FROM ${users} WHERE NOT EXISTS
    (SELECT 1 FROM ${salts} WHERE ${salts}.${personId} = ${users}.${id}) LIMIT ${BATCH}`;
  for (;;) {
    const [rows] = await queryInterface.sequelize.query(saltless);
    if (rows.length === 0) return;
    await queryInterface.bulkInsert(
      'audit_salts',
      rows.map((row) => ({ personId: row.id, salt: randomBytes(32).toString('hex') })),
    );
  }
};

module.exports = {
  async up(queryInterface, Sequelize) {
    const { uuid, code, text, instant, nullable } = columnTypes(Sequelize);

    await createTable(queryInterface, 'audit_entries', {
      columns: {
        id: uuid,
        at: instant,
        actorId: nullable(uuid),
        action: text(64),
        subjectId: nullable(uuid),
        /** HMAC-SHA-256 in hexadecimal, under the salt of the person. */
        addressHash: nullable(code(64)),
      },
      primaryKey: ['id'],
      indexes: [
        ['at', 'id'],
        ['actorId', 'at', 'id'],
        ['subjectId', 'at', 'id'],
        ['action', 'at', 'id'],
      ],
    });

    // Of its own, so that erasure can drop it and entries can never be changed.
    await createTable(queryInterface, 'audit_salts', {
      columns: { personId: uuid, salt: code(64) },
      primaryKey: ['personId'],
    });
    if (holds(queryInterface, 'audit_salts')) await giveSalts(queryInterface);

    // Whom the answer is about, for erasure: an administrator's entry of a customer answers with the customer's name.
    await addColumns(queryInterface, 'idempotency_keys', {
      columns: { subject: nullable(uuid) },
      indexes: [['subject']],
    });
  },

  async down(queryInterface) {
    await removeIndexes(queryInterface, 'idempotency_keys', [['subject']]);
    await dropColumns(queryInterface, 'idempotency_keys', ['subject']);
    for (const table of ['audit_salts', 'audit_entries']) await queryInterface.dropTable(table);
  },
};
