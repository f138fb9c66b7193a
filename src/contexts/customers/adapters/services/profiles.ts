import type { UserEvent } from '#src/contexts/accounts/public.js';
import type { CustomerId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import type { Receiver } from '#src/platform/inbox/receiver.js';
import type { People } from '#src/platform/people/people.js';
import type { CustomerReader, CustomerRepository, CustomersPorts } from '../../application/ports.js';
import { followAccount, openProfile } from '../../application/profile.js';
import type { Customer } from '../../domain/customer.js';

// Profiles of accounts in another process. A profile follows its account by events, and is created by whatever needs it first.

/** What a profile that may not exist yet is made from. */
export interface ProfileSource extends Pick<CustomersPorts, 'accounts' | 'events' | 'now'> {
  readonly people: People;
}

/** Creates a profile from its account; returns false if the person has none, or is erased. */
const createProfile = async (
  customers: CustomerRepository,
  { accounts, people, events, now }: ProfileSource,
  id: CustomerId,
): Promise<boolean> => {
  const account = await accounts.find(id);
  // The account may have been erased since it was read: this process learns of it by an event, and remembers.
  if (account === null || !(await people.lock(id))) return false;
  await openProfile({ customers, events, now })({ id, name: account.name, email: account.email });
  return true;
};

/** Returns the same repository, in which a profile that does not exist yet is created when it is looked for. */
export const profilesOnDemand = (
  customers: CustomerRepository,
  source: ProfileSource,
): CustomerRepository => {
  const orCreated =
    (find: (id: CustomerId) => Promise<Customer | null>) =>
    async (id: CustomerId): Promise<Customer | null> => {
      const found = await find(id);
      if (found !== null) return found;
      return (await createProfile(customers, source, id)) ? find(id) : null;
    };
  return {
    ...customers,
    find: orCreated((id) => customers.find(id)),
    lock: orCreated((id) => customers.lock(id)),
    lockOnly: async (id) => (await customers.lockOnly(id)) || createProfile(customers, source, id),
  };
};

/** The same for queries, which begin a transaction only to create a profile. */
export const profilesOnDemandOfQueries = (
  customers: CustomerReader,
  transact: Transact<CustomersPorts>,
): CustomerReader => ({
  ...customers,
  find: async (id) => (await customers.find(id)) ?? transact((ports) => ports.customers.find(id)),
});

/**
 * Has profiles follow their accounts: each event stands for what the account is by now, so that it does not matter how late it
 * comes. An account that is gone by then has its profile erased by another event.
 */
export const accountReceiver: Receiver<CustomersPorts, UserEvent> = {
  name: 'customers.profiles',
  types: ['user.created', 'user.renamed', 'user.email_changed'],
  handle: async ({ aggregateId: id }, ports) => {
    const account = await ports.accounts.find(id);
    if (account === null) return;
    const profile = await ports.customers.find(id);
    if (profile === null || (profile.name === account.name && profile.email === account.email)) return;
    await followAccount(ports)(id, account);
  },
};
