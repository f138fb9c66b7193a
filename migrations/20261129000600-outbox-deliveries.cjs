'use strict';

const createTable = require('./support/create-table.cjs');
const columnTypes = require('./support/column-types.cjs');

const EVENTS = 'outbox_events';
/** The events while they move from one shape of their table to another. */
const FORMER = 'outbox_events_former';
const COLUMNS = ['id', 'aggregate', 'aggregateId', 'version', 'sequence', 'type', 'data', 'occurredAt'];
const UNIQUE = ['version', 'aggregateId', 'aggregate', 'sequence'];
/** For how long delivered events were kept: their `dueAt` was the time of delivery and this. */
const KEPT_MS = 7 * 24 * 3_600_000;

const columnsOf = (Sequelize) => {
  const { uuid, text, longText, instant, integer } = columnTypes(Sequelize);
  return {
    id: uuid,
    /** The kind of aggregate, the first part of the type: a product's id is also that of its stock. */
    aggregate: text(32),
    aggregateId: uuid,
    version: integer,
    sequence: integer,
    type: text(64),
    /** JSON, ids only. */
    data: longText,
    occurredAt: instant,
  };
};

/** Renames the table of events if it has that column. Statements that are running finish before; later ones fail. */
const setAside = async (queryInterface, column) => {
  const { sequelize } = queryInterface;
  const quote = (name) => queryInterface.quoteIdentifier(name);
  const isThere = await queryInterface.tableExists(EVENTS);
  if (isThere && column in (await queryInterface.describeTable(EVENTS)))
    await sequelize.query(`ALTER TABLE ${quote(EVENTS)} RENAME TO ${quote(FORMER)}`);
  // The names of indexes are those of a whole schema there, and a constraint has one.
  if (sequelize.getDialect() !== 'postgres' || !(await queryInterface.tableExists(FORMER))) return;
  for (const name of [`${EVENTS}_pkey`, `${EVENTS}_${UNIQUE.join('_')}_unique`])
    await sequelize.query(`ALTER TABLE ${quote(FORMER)} DROP CONSTRAINT IF EXISTS ${quote(name)}`);
};

/** Copies the events that were set aside, with other values beside them, and removes what they were in. */
const putBack = async (queryInterface, values) => {
  const { sequelize } = queryInterface;
  const quote = (name) => queryInterface.quoteIdentifier(name);
  if (!(await queryInterface.tableExists(FORMER))) return;
  const shared = COLUMNS.map(quote);
  const names = [...shared, ...Object.keys(values).map(quote)];
  await sequelize.query(
    `INSERT INTO ${quote(EVENTS)} (${names.join(', ')})
     SELECT ${[...shared, ...Object.values(values)].join(', ')} FROM ${quote(FORMER)}
     WHERE ${quote('id')} NOT IN (SELECT ${quote('id')} FROM ${quote(EVENTS)})`,
  );
  await queryInterface.dropTable(FORMER);
};

module.exports = {
  /**
   * Gives each subscriber deliveries of its own. Events that were pending or set aside after their attempts are dispatched
   * to all subscribers once more: it was not stored which of them had failed.
   */
  async up(queryInterface, Sequelize) {
    const { uuid, text, longText, milliseconds, integer, nullable } = columnTypes(Sequelize);
    const quote = (name) => queryInterface.quoteIdentifier(name);
    const { id, aggregate, aggregateId, version, sequence, type } = columnsOf(Sequelize);

    await setAside(queryInterface, 'tries');
    await createTable(queryInterface, EVENTS, {
      columns: {
        ...columnsOf(Sequelize),
        /** When its deliveries were made, on the database's clock; null until then. */
        dispatchedAt: nullable(milliseconds),
      },
      primaryKey: ['id'],
      unique: [UNIQUE],
      // Leads to what is not dispatched, an aggregate's events in their order, and to what is oldest.
      indexes: [['dispatchedAt', 'aggregateId', 'version', 'sequence']],
    });
    await putBack(queryInterface, {
      dispatchedAt: `CASE WHEN ${quote('state')} = 'delivered' THEN ${quote('dueAt')} - ${KEPT_MS} END`,
    });

    await createTable(queryInterface, 'outbox_subscriptions', {
      columns: {
        subscriber: text(64),
        /** JSON, the types of the events that it receives. */
        types: longText,
      },
      primaryKey: ['subscriber'],
    });
    await createTable(queryInterface, 'outbox_deliveries', {
      columns: {
        eventId: id,
        subscriber: text(64),
        // As in the event, so that a subscriber's first delivery of an aggregate is found in an index.
        ...{ aggregate, aggregateId, version, sequence, type },
        state: text(16),
        /** When it may be claimed, on the database's clock: a lease ends then, or a pause after a failure. */
        dueAt: milliseconds,
        attempts: integer,
        claimId: nullable(uuid),
      },
      primaryKey: ['eventId', 'subscriber'],
      foreignKeys: {
        eventId: { table: EVENTS, column: 'id', onDelete: 'RESTRICT' },
        subscriber: { table: 'outbox_subscriptions', column: 'subscriber', onDelete: 'RESTRICT' },
      },
      checks: {
        state: (quoted) => `${quoted('state')} IN ('pending', 'dead_lettered')`,
      },
      indexes: [
        ['subscriber', 'aggregateId', 'version', 'sequence'],
        ['state', 'subscriber', 'dueAt', 'eventId'],
      ],
    });
  },

  /** Events that are not delivered to every subscriber are pending again. */
  async down(queryInterface, Sequelize) {
    const { uuid, text, milliseconds, integer, nullable } = columnTypes(Sequelize);
    const { sequelize } = queryInterface;
    const quote = (name) => queryInterface.quoteIdentifier(name);

    if (await queryInterface.tableExists('outbox_deliveries')) {
      await sequelize.query(
        `UPDATE ${quote(EVENTS)} SET ${quote('dispatchedAt')} = NULL
         WHERE ${quote('id')} IN (SELECT ${quote('eventId')} FROM ${quote('outbox_deliveries')})`,
      );
      await queryInterface.dropTable('outbox_deliveries');
    }
    await queryInterface.dropTable('outbox_subscriptions');
    await setAside(queryInterface, 'dispatchedAt');
    await createTable(queryInterface, EVENTS, {
      columns: {
        ...columnsOf(Sequelize),
        state: text(16),
        dueAt: milliseconds,
        tries: integer,
        claimId: nullable(uuid),
      },
      primaryKey: ['id'],
      unique: [UNIQUE],
      checks: {
        state: (quoted) => `${quoted('state')} IN ('pending', 'parked', 'delivered')`,
      },
      indexes: [
        ['state', 'dueAt', 'id'],
        ['aggregate', 'aggregateId', 'state', 'version', 'sequence'],
      ],
    });
    await putBack(queryInterface, {
      state: `CASE WHEN ${quote('dispatchedAt')} IS NULL THEN 'pending' ELSE 'delivered' END`,
      dueAt: `COALESCE(${quote('dispatchedAt')} + ${KEPT_MS}, 0)`,
      tries: '0',
    });
  },
};
