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
import { customerKeys } from './adapters/sequelize/customer-keys.js';
import { sequelizeCustomerRepository } from './adapters/sequelize/sequelize-customer-repository.js';
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

/** The profiles of people who buy, with their address books. */
export const customers = {
  repositories,
  keyedTables: (sequelize) => [customerKeys(sequelize)],
  ports: ({ own, uses, platform, parts }: Given): CustomersPorts & CommandPorts => ({
    customers: own.customers,
    accounts: customerAccounts(uses),
    events: platform.events,
    idempotency: platform.idempotency,
    audit: uses.audit.log,
    now: parts.now,
  }),
  offers: customersOffers,
  follows: {
    accounts: ({ own, platform, parts }: Omit<Given, 'uses'>): AccountFollower =>
      profileFollower({ customers: own.customers, events: platform.events, now: parts.now }),
  },
  queries: ({ own }: InQueries<Readers>): CustomersReaders => ({ customers: own.customers }),
  offersToQueries: customersQueryOffers,
  routes: ({ transact, queries, parts }: InProcess<CustomersPorts & CommandPorts, CustomersReaders, Parts>) =>
    customerRoutes({ ...queries, transact, newId: parts.newId }),
  personalData: { member: profileMember, erase: eraseProfile },
} satisfies ContextModule;
