import type { Sequelize } from 'sequelize';
import type { Currency } from '#src/kernel/money.js';
import { KEY_VERSION } from '#src/kernel/text.js';
import { checkpoint } from '#src/platform/database/checkpoint.js';
import { checkSchema, madeDatabase, migrate } from '#src/platform/database/migrate.js';
import { rebuildKeys, type Keyless, type KeyRecipe } from '#src/platform/database/rebuild-keys.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import { swapSetting } from '#src/platform/database/shop-settings.js';
import { sqlTransact } from '#src/platform/database/transact.js';
import { sequelizeIdempotencyStore } from '#src/platform/idempotency/sequelize-idempotency-store.js';
import { sequelizeInbox } from '#src/platform/inbox/sequelize-inbox.js';
import { sequelizeRateCounts } from '#src/platform/limits/sequelize-rate-counts.js';
import { sequelizeOutboxRepository } from '#src/platform/outbox/sequelize-outbox-repository.js';
import { sequelizePeople } from '#src/platform/people/sequelize-people.js';
import { CONTEXT_NAMES, keyedTables, repositoryMakers, type ContextName } from '../contexts.js';
import { requireServable } from './moves/marks.js';
import {
  persistence,
  type Makers,
  type Persistence,
  type PlatformRepositories,
  type ReplaceRepositories,
} from './persistence.js';

/** The contexts whose tables a database has. */
const heldIn = ({ options }: Sequelize): readonly ContextName[] =>
  (options.contexts as readonly ContextName[] | undefined) ?? CONTEXT_NAMES;

const makers = (held: readonly ContextName[], currency: Currency): Makers<SqlScope> => {
  type Make = (scope: SqlScope, currency: Currency) => unknown;
  const own = Object.entries<Make>(repositoryMakers(held, 'sql')).map(
    ([name, make]) => [name, (scope: SqlScope) => make(scope, currency)] as const,
  );
  return {
    // The compiler can't see that each still makes the repository of its name.
    ...(Object.fromEntries(own) as Omit<Makers<SqlScope>, keyof PlatformRepositories>),
    idempotency: sequelizeIdempotencyStore,
    outbox: sequelizeOutboxRepository,
    inbox: sequelizeInbox,
    people: sequelizePeople,
    rateCounts: sequelizeRateCounts,
  };
};

const keyRecipe = (sequelize: Sequelize): KeyRecipe => ({
  version: KEY_VERSION,
  tables: keyedTables(heldIn(sequelize), sequelize),
});

/** Receives what happens while a database is prepared. */
export interface PreparationListener {
  /** The names of migrations that have been run. */
  readonly onMigrated: (migrations: readonly string[]) => void;
  /** Rows that are left without a key of their own when keys are recomputed. */
  readonly onKeyless: (keyless: Keyless) => void;
}

const SILENT: PreparationListener = { onMigrated: () => undefined, onKeyless: () => undefined };

/** Returns the store of a shop in a SQL database: the embedded one, or a MySQL, MariaDB or PostgreSQL server. */
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
        await requireServable(sequelize);
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
    makers(heldIn(sequelize), currency),
    replace,
  );
