import type { AccountsOffers } from '#src/contexts/accounts/public.js';
import type { AddressId, CustomerId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import type { Elsewhere, ElsewhereToQueries } from '#src/platform/context-module.js';
import { addressFields } from '#src/platform/http/routes/postal-address.js';
import type { Route } from '#src/platform/http/routes/route.js';
import { operationRoute, type Operation } from '#src/platform/http/services/operation.js';
import { boolean, integer, object, uuid } from '#src/platform/schema/schema.js';
import { addressOf } from '../../application/choose-address.js';
import { profileVersion } from '../../application/personal-data.js';
import type { CustomerReader, CustomersPorts } from '../../application/ports.js';
import type { Address } from '../../domain/customer.js';
import { fail } from '../../domain/errors.js';
import type { CustomersOffers, CustomersQueryOffers } from '../../public.js';

interface OneCustomer {
  readonly id: CustomerId;
}

const CHOOSE_ADDRESS: Operation<
  OneCustomer & { readonly addressId?: AddressId },
  { readonly address: Address | null }
> = {
  name: 'chooseAddress',
  summary: 'Get the address of that id in the address book, or without one the default address',
  request: object('ChooseAddressRequest', {
    id: uuid<CustomerId>(),
    addressId: uuid<AddressId>().optional(),
  }),
  response: object('ChooseAddressResponse', {
    address: object('ChosenAddress', {
      id: uuid<AddressId>(),
      isDefault: boolean(),
      position: integer(),
      ...addressFields,
    }).nullable(),
  }),
  errors: fail.pick('customer_not_found', 'unknown_address'),
};

const GET_PROFILE_VERSION: Operation<OneCustomer, { readonly version: number }> = {
  name: 'getProfileVersion',
  summary: 'Get the version of a profile',
  request: object('GetProfileVersionRequest', { id: uuid<CustomerId>() }),
  response: object('GetProfileVersionResponse', { version: integer() }),
  errors: fail.pick('customer_not_found'),
};

/** Without an account there is no profile, although this process may learn later that it is erased. */
const versionWhileThereIsAnAccount =
  ({ accounts, customers }: CustomersPorts) =>
  async (id: CustomerId): Promise<number> => {
    if ((await accounts.find(id)) === null) throw fail('customer_not_found');
    return profileVersion({ customers })(id);
  };

/** Returns the operations on customers that other processes of the shop may call. Each may create a profile. */
export const customerOperations = ({
  transact,
  customers,
}: {
  readonly transact: Transact<CustomersPorts>;
  readonly customers: CustomerReader;
}): readonly Route[] => [
  // Read without a lock, which would end with the call: the caller's transaction locks the person in its own database.
  operationRoute(CHOOSE_ADDRESS, async ({ id, addressId }) => ({
    address: addressOf(await customers.find(id), addressId),
  })),
  operationRoute(GET_PROFILE_VERSION, async ({ id }) => ({
    version: await transact((ports) => versionWhileThereIsAnAccount(ports)(id)),
  })),
];

const versionAt = async (service: Elsewhere['service'], id: CustomerId): Promise<number> =>
  (await service.call(GET_PROFILE_VERSION, { id })).version;

/**
 * The customers of another process. Whether they are erased is known here, so that a lock on them is one of this database. An account
 * that was gone before the transaction counts too: this process learns of the erasure later, and the hold of it has a time limit.
 */
export const customersElsewhere = ({
  facts,
  service,
  uses: { accounts },
  platform: { people },
}: Pick<
  Elsewhere<object, { readonly accounts: Pick<AccountsOffers, 'lockAccount'> }>,
  'facts' | 'service' | 'uses' | 'platform'
>): CustomersOffers => {
  const lock = async (
    id: CustomerId,
    gone: () => Error = () => fail('customer_not_found'),
  ): Promise<void> => {
    if ((await accounts.lockAccount(id)) === null || !(await people.lock(id))) throw gone();
  };
  return {
    chooseAddress: async (id, addressId) => {
      const request = { id, ...(addressId !== undefined && { addressId }) };
      const { address } = await facts.get(`address ${id} ${addressId ?? ''}`, () =>
        service.call(CHOOSE_ADDRESS, request),
      );
      await lock(id);
      return address;
    },
    lockCustomer: lock,
    profileVersion: (id) => facts.get(`profile ${id}`, () => versionAt(service, id)),
  };
};

export const customersElsewhereToQueries = ({ service }: ElsewhereToQueries): CustomersQueryOffers => ({
  profileVersion: (id) => versionAt(service, id),
});
