import { expect } from 'chai';
import { createRequire } from 'node:module';
import { Sequelize, type QueryInterface } from 'sequelize';
import type { Endpoint } from '#src/contexts/webhooks/domain/endpoint.js';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import { anEndpoint } from '../support/builders/webhooks.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { USD } from '../support/persistences.js';
import { describeSchema } from '../platform/database/schema.js';

interface Migration {
  up(queryInterface: QueryInterface, library: typeof Sequelize): Promise<void>;
  down(queryInterface: QueryInterface, library: typeof Sequelize): Promise<void>;
}
const migration = createRequire(import.meta.url)(
  '../../migrations/20261201000800-former-secrets.cjs',
) as Migration;

const ENDS_AT = new Date('2026-06-02T12:00:00.123Z');

onEverySqlDatabase('The migration to several former secrets', (name) => {
  let database: OpenDatabase;
  beforeEach(async () => (database = await openSqlDatabase(name)));
  afterEach(() => database.close());

  it('The migration to several former secrets keeps the one that signs, there and back, also after an interruption', async () => {
    const persistence = sequelizePersistence(database.sequelize, USD);
    const queryInterface = database.sequelize.getQueryInterface();
    const former = { secret: 'former' as Endpoint['secret'], endsAt: ENDS_AT };
    const [rotated, fresh] = [anEndpoint({ formerSecrets: [former] }), anEndpoint()];
    await persistence.transact(async ({ webhookEndpoints }) => {
      await webhookEndpoints.add(rotated);
      await webhookEndpoints.add(fresh);
    });
    const schema = await describeSchema(database.sequelize);
    await migration.down(queryInterface, Sequelize);
    expect(await queryInterface.describeTable('webhook_endpoints')).to.include.keys('previousSecretEndsAt');
    await migration.up(queryInterface, Sequelize);
    await migration.up(queryInterface, Sequelize);
    expect(await describeSchema(database.sequelize)).to.deep.equal(schema);
    const { webhookEndpoints } = persistence.outside;
    expect(await webhookEndpoints.find(rotated.id)).to.deep.equal(rotated);
    expect(await webhookEndpoints.find(fresh.id)).to.deep.equal(fresh);
  });
});
