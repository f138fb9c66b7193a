import type { AccountFollower, AccountsOffers } from '#src/contexts/accounts/public.js';
import type { AuditOffers } from '#src/contexts/audit/public.js';
import type { Now } from '#src/kernel/clock.js';
import type { NewId } from '#src/kernel/ids.js';
import type {
  ContextModule,
  InProcess,
  InQueries,
  InTransaction,
  RepositoryMakers,
} from '#src/platform/context-module.js';
import type { CommandPorts } from '#src/platform/http/pipeline/run-command.js';
import { customerRoutes } from './adapters/http/customer-routes.js';
import { profileMember } from './adapters/http/personal-data.js';
import { memoryCustomerRepository } from './adapters/memory/memory-customer-repository.js';
import { customerAccounts, profileFollower } from './adapters/neighbours.js';
import { customerTables } from './adapters/sequelize/customer-tables.js';
import { customerKeys } from './adapters/sequelize/customer-keys.js';
import { sequelizeCustomerRepository } from './adapters/sequelize/sequelize-customer-repository.js';
import {
  customerOperations,
  customersElsewhere,
  customersElsewhereToQueries,
} from './adapters/services/customer-operations.js';
import {
  accountReceiver,
  profilesOnDemand,
  profilesOnDemandOfQueries,
} from './adapters/services/profiles.js';
import { eraseProfile } from './application/personal-data.js';
import type {
  CustomerReader,
  CustomerRepository,
  CustomersPorts,
  CustomersReaders,
} from './application/ports.js';
import { customersQueryOffers, customersOffers } from './public.js';

export interface Repositories {
  readonly customers: CustomerRepository;
}

export interface Readers {
  readonly customers: CustomerReader;
}

export interface Parts {
  readonly now: Now;
  readonly newId: NewId;
}

export type Given = InTransaction<
  Repositories,
  { readonly accounts: AccountsOffers; readonly audit: AuditOffers },
  Pick<Parts, 'now'>
>;

const repositories: RepositoryMakers<Repositories> = {
  memory: { customers: memoryCustomerRepository },
  sql: { customers: sequelizeCustomerRepository },
};

export type Running = InProcess<CustomersPorts & CommandPorts, CustomersReaders, Parts>;

/** The profiles of people who buy, with their address books. */
export const customers = {
  repositories,
  tables: (sequelize) => {
    const { customers, addresses, words } = customerTables(sequelize);
    return [customers, addresses, words];
  },
  keyedTables: (sequelize) => [customerKeys(sequelize)],
  ports: ({
    own,
    uses,
    platform: { events, idempotency, people },
    parts: { now },
    holds,
  }: Given): CustomersPorts & CommandPorts => {
    const accounts = customerAccounts(uses);
    return {
      customers: holds('accounts')
        ? own.customers
        : profilesOnDemand(own.customers, { accounts, people, events, now }),
      accounts,
      events,
      idempotency,
      audit: uses.audit.log,
      now,
    };
  },
  offers: customersOffers,
  elsewhere: customersElsewhere,
  follows: {
    accounts: ({ own, platform, parts }: Pick<Given, 'own' | 'platform' | 'parts'>): AccountFollower =>
      profileFollower({ customers: own.customers, events: platform.events, now: parts.now }),
  },
  queries: ({ own }: InQueries<Readers>): CustomersReaders => ({ customers: own.customers }),
  offersToQueries: customersQueryOffers,
  elsewhereToQueries: customersElsewhereToQueries,
  routes: ({ transact, queries: { customers: reader }, parts: { newId }, holds }: Running) =>
    customerRoutes({
      customers: holds('accounts') ? reader : profilesOnDemandOfQueries(reader, transact),
      transact,
      newId,
    }),
  serves: ({ transact, queries: { customers: reader } }: Running) =>
    customerOperations({ transact, customers: profilesOnDemandOfQueries(reader, transact) }),
  receives: [accountReceiver],
  personalData: { member: profileMember, erase: eraseProfile },
} satisfies ContextModule;
