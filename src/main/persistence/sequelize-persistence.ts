import type { Sequelize } from 'sequelize';
import { emailKeys } from '#src/contexts/accounts/adapters/sequelize/email-keys.js';
import { sequelizeKnownPlaceRepository } from '#src/contexts/accounts/adapters/sequelize/sequelize-known-place-repository.js';
import { sequelizeMailTokenRepository } from '#src/contexts/accounts/adapters/sequelize/sequelize-mail-token-repository.js';
import { sequelizeSessionRepository } from '#src/contexts/accounts/adapters/sequelize/sequelize-session-repository.js';
import { sequelizeUserRepository } from '#src/contexts/accounts/adapters/sequelize/sequelize-user-repository.js';
import { sequelizeEntryRepository } from '#src/contexts/audit/adapters/sequelize/sequelize-entry-repository.js';
import { sequelizeSaltRepository } from '#src/contexts/audit/adapters/sequelize/sequelize-salt-repository.js';
import { sequelizeCartRepository } from '#src/contexts/cart/adapters/sequelize/sequelize-cart-repository.js';
import { categoryKeys, productKeys } from '#src/contexts/catalog/adapters/sequelize/catalog-keys.js';
import { sequelizeCategoryRepository } from '#src/contexts/catalog/adapters/sequelize/sequelize-category-repository.js';
import { sequelizeProductRepository } from '#src/contexts/catalog/adapters/sequelize/sequelize-product-repository.js';
import { sequelizeStockRepository } from '#src/contexts/catalog/adapters/sequelize/sequelize-stock-repository.js';
import { customerKeys } from '#src/contexts/customers/adapters/sequelize/customer-keys.js';
import { sequelizeCustomerRepository } from '#src/contexts/customers/adapters/sequelize/sequelize-customer-repository.js';
import { sequelizeBulkCancellationRepository } from '#src/contexts/ordering/adapters/sequelize/sequelize-bulk-cancellation-repository.js';
import { sequelizeOrderRepository } from '#src/contexts/ordering/adapters/sequelize/sequelize-order-repository.js';
import type { Currency } from '#src/kernel/money.js';
import { KEY_VERSION } from '#src/kernel/text.js';
import { sqlTransact } from '#src/platform/database/transact.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { checkpoint } from '#src/platform/database/checkpoint.js';
import { checkSchema, madeDatabase, migrate } from '#src/platform/database/migrate.js';
import { swapSetting } from '#src/platform/database/shop-settings.js';
import { rebuildKeys, type Keyless, type KeyRecipe } from '#src/platform/database/rebuild-keys.js';
import { sequelizeReplies } from '#src/platform/idempotency/sequelize-replies.js';
import { sequelizeRateCounts } from '#src/platform/limits/sequelize-rate-counts.js';
import { sequelizeOutboxRepository } from '#src/platform/outbox/sequelize-outbox-repository.js';
import { persistence, type Persistence, type ReplaceRepositories, type Repositories } from './persistence.js';

const repositories =
  (currency: Currency) =>
  (scope: SqlScope): Repositories => ({
    users: sequelizeUserRepository(scope),
    sessions: sequelizeSessionRepository(scope),
    mailTokens: sequelizeMailTokenRepository(scope),
    knownPlaces: sequelizeKnownPlaceRepository(scope),
    customers: sequelizeCustomerRepository(scope),
    products: sequelizeProductRepository(scope, currency),
    stock: sequelizeStockRepository(scope),
    categories: sequelizeCategoryRepository(scope),
    carts: sequelizeCartRepository(scope),
    orders: sequelizeOrderRepository(scope, currency),
    bulkCancellations: sequelizeBulkCancellationRepository(scope),
    auditEntries: sequelizeEntryRepository(scope),
    auditSalts: sequelizeSaltRepository(scope),
    replies: sequelizeReplies(scope),
    outbox: sequelizeOutboxRepository(scope),
    rateCounts: sequelizeRateCounts(scope),
  });

const keyRecipe = (sequelize: Sequelize): KeyRecipe => ({
  version: KEY_VERSION,
  tables: [emailKeys(sequelize), customerKeys(sequelize), categoryKeys(sequelize), productKeys(sequelize)],
});

/** Receives what is done to a database while it is prepared. */
export interface PreparationListener {
  /** The names of migrations that have been run. */
  readonly onMigrated: (migrations: readonly string[]) => void;
  /** Rows that are left without a key of their own when keys are computed anew. */
  readonly onKeyless: (keyless: Keyless) => void;
}

const SILENT: PreparationListener = { onMigrated: () => undefined, onKeyless: () => undefined };

/**
 * A shop in a SQL database: the embedded one, or a MySQL, MariaDB or PostgreSQL server.
 */
export const sequelizePersistence = (
  sequelize: Sequelize,
  currency: Currency,
  replace?: ReplaceRepositories,
  { onMigrated, onKeyless }: PreparationListener = SILENT,
): Persistence =>
  persistence(
    {
      ...sqlTransact(sequelize),
      prepare: async () => {
        const migrations = await migrate(sequelize);
        if (migrations.length > 0) onMigrated(migrations);
        for (const keyless of await rebuildKeys(sequelize, keyRecipe(sequelize))) onKeyless(keyless);
        return { isNew: madeDatabase(migrations) };
      },
      check: () => checkSchema(sequelize),
      rebuildKeys: () => rebuildKeys(sequelize, keyRecipe(sequelize), { always: true }),
      swapSetting: (name, value) => swapSetting(sequelize, name, value),
      close: async () => {
        await checkpoint(sequelize);
        await sequelize.close();
      },
    },
    repositories(currency),
    replace,
  );
