import type { Now } from '#src/kernel/clock.js';
import type { NewId } from '#src/kernel/ids.js';
import type {
  ContextModule,
  Elsewhere,
  InProcess,
  InQueries,
  InTransaction,
  RepositoryMakers,
} from '#src/platform/context-module.js';
import { entryReceiver } from './adapters/entry-receiver.js';
import { hmacAddresses, onlyHashedAddresses } from './adapters/hmac-addresses.js';
import { auditRoutes } from './adapters/http/audit-routes.js';
import { entryList } from './adapters/http/personal-data.js';
import { memoryEntryRepository } from './adapters/memory/memory-entry-repository.js';
import { memorySaltRepository } from './adapters/memory/memory-salt-repository.js';
import { auditTables } from './adapters/sequelize/audit-tables.js';
import { sequelizeEntryRepository } from './adapters/sequelize/sequelize-entry-repository.js';
import { sequelizeSaltRepository } from './adapters/sequelize/sequelize-salt-repository.js';
import type {
  AuditPorts,
  EntryReader,
  EntryRepository,
  SaltReader,
  SaltRepository,
} from './application/ports.js';
import { auditOffers, auditOffersElsewhere, type AuditOffers } from './public.js';

export interface Repositories {
  readonly auditEntries: EntryRepository;
  readonly auditSalts: SaltRepository;
}

export interface Readers {
  readonly auditEntries: EntryReader;
  readonly auditSalts: SaltReader;
}

export interface Queries {
  readonly entries: EntryReader;
}

export interface Parts {
  readonly newId: NewId;
  readonly now: Now;
}

const repositories: RepositoryMakers<Repositories> = {
  memory: {
    auditEntries: memoryEntryRepository,
    auditSalts: memorySaltRepository,
  },
  sql: {
    auditEntries: sequelizeEntryRepository,
    auditSalts: sequelizeSaltRepository,
  },
};

/** Who did what to whom, when and from where. */
export const audit = {
  repositories,
  tables: (sequelize) => {
    const { entries, salts } = auditTables(sequelize);
    return [entries, salts];
  },
  ports: ({ own, parts: { newId, now } }: InTransaction<Repositories, object, Parts>): AuditPorts => ({
    entries: own.auditEntries,
    salts: own.auditSalts,
    addresses: hmacAddresses,
    newId,
    now,
  }),
  offers: auditOffers,
  elsewhere: ({ platform: { events }, parts: { newId, now } }: Elsewhere<Parts>): AuditOffers =>
    auditOffersElsewhere({ events, addressHashes: onlyHashedAddresses, newId, now }),
  queries: ({ own }: InQueries<Readers>): Queries => ({ entries: own.auditEntries }),
  routes: ({ queries }: InProcess<AuditPorts, Queries>) => auditRoutes(queries),
  receives: [entryReceiver],
  personalData: {
    list: entryList,
    // The entries stay. Without the secret, not even one that is being recorded at this moment leads to an address again.
    erase:
      ({ salts }: AuditPorts) =>
      ({ person }) =>
        salts.remove(person),
  },
} satisfies ContextModule;
