import { isDomainError } from '#src/kernel/errors.js';
import type { UserId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import type { Elsewhere, ElsewhereToQueries } from '#src/platform/context-module.js';
import { requireEmailAddress } from '#src/platform/email-address.js';
import { operationRoute, type Operation } from '#src/platform/http/services/operation.js';
import type { Route } from '#src/platform/http/routes/route.js';
import { array, boolean, integer, object, string, uuid } from '#src/platform/schema/schema.js';
import {
  findAccountByEmail,
  identifyAccounts,
  type AccountIdentity,
} from '../../application/identify-accounts.js';
import { getAccountState, type AccountState } from '../../application/lock-account.js';
import type { AccountsPorts, AccountsReaders } from '../../application/ports.js';
import { fail } from '../../domain/errors.js';
import {
  accountsOffers,
  type AccountsOffers,
  type AccountsQueryOffers,
  type AccountWithoutPassword,
} from '../../public.js';

interface NamedAccount {
  readonly id: UserId;
  readonly name: string;
}

const FIND_ACCOUNT: Operation<Pick<NamedAccount, 'id'>, { readonly account: AccountState | null }> = {
  name: 'findAccount',
  summary: 'Get the state of an account; null if there is none',
  request: object('FindAccountRequest', { id: uuid<UserId>() }),
  response: object('FindAccountResponse', {
    account: object('AccountState', {
      name: string(),
      email: string(),
      disabled: boolean(),
      emailVerified: boolean(),
    }).nullable(),
  }),
};

/** Maximum number of accounts of a call: those of a page of orders. */
const MAX_ACCOUNTS = 100;

const IDENTIFY_ACCOUNTS: Operation<
  { readonly ids: readonly UserId[] },
  { readonly accounts: readonly AccountIdentity[] }
> = {
  name: 'identifyAccounts',
  summary: 'Get names and e-mail addresses of accounts, without those that do not exist',
  request: object('IdentifyAccountsRequest', { ids: array(uuid<UserId>(), { max: MAX_ACCOUNTS }) }),
  response: object('IdentifyAccountsResponse', {
    accounts: array(
      object('AccountIdentity', {
        id: uuid<UserId>(),
        name: string(),
        email: string(),
        version: integer(),
      }),
    ),
  }),
};

const FIND_ACCOUNT_BY_EMAIL: Operation<{ readonly email: string }, { readonly id: UserId | null }> = {
  name: 'findAccountByEmail',
  summary: 'Get the id of the account with an e-mail address; null if there is none',
  request: object('FindAccountByEmailRequest', { email: string() }),
  response: object('FindAccountByEmailResponse', { id: uuid<UserId>().nullable() }),
};

const OPEN_ACCOUNT: Operation<NamedAccount & { readonly email: string }, object> = {
  name: 'openAccount',
  summary: 'Create an account without a password, unless there is one of that id',
  request: object('OpenAccountRequest', { id: uuid<UserId>(), name: string(), email: string() }),
  response: object('OpenAccountResponse', {}),
  errors: fail.pick('email_taken'),
};

const RENAME_ACCOUNT: Operation<NamedAccount, object> = {
  name: 'renameAccount',
  summary: 'Change the name of an account, if there is one of that id',
  request: object('RenameAccountRequest', { id: uuid<UserId>(), name: string() }),
  response: object('RenameAccountResponse', {}),
};

interface Deps extends Pick<AccountsReaders, 'users'> {
  readonly transact: Transact<AccountsPorts>;
}

/** Creates an account, unless an earlier call has created it whose response was lost. */
const openOnce =
  ({ transact, users }: Deps) =>
  async (account: AccountWithoutPassword): Promise<void> => {
    const isOpen = async (): Promise<boolean> => (await users.find(account.id)) !== null;
    if (await isOpen()) return;
    try {
      await transact((ports) => accountsOffers(ports).openAccount(account));
    } catch (error) {
      // The address may be taken by a copy of this call that arrived at the same time.
      if (!isDomainError(error) || error.code !== 'email_taken' || !(await isOpen())) throw error;
    }
  };

/** Returns the operations on accounts that other processes of the shop may call. */
export const accountOperations = (deps: Deps): readonly Route[] => [
  operationRoute(FIND_ACCOUNT, async ({ id }) => ({ account: await getAccountState(deps)(id) })),
  operationRoute(IDENTIFY_ACCOUNTS, async ({ ids }) => ({ accounts: await identifyAccounts(deps)(ids) })),
  operationRoute(FIND_ACCOUNT_BY_EMAIL, async ({ email }) => ({
    id: await findAccountByEmail(deps)(requireEmailAddress(email)),
  })),
  operationRoute(OPEN_ACCOUNT, async ({ email, ...account }) => {
    await openOnce(deps)({ ...account, email: requireEmailAddress(email) });
    return {};
  }),
  operationRoute(RENAME_ACCOUNT, async ({ id, name }) => {
    await deps.transact((ports) => accountsOffers(ports).renameAccount(id, name));
    return {};
  }),
];

/**
 * The accounts of another process. They are read, not locked: an account may change before the transaction ends, as it may the moment
 * after.
 */
export const accountsElsewhere = ({
  facts,
  service,
}: Pick<Elsewhere, 'facts' | 'service'>): AccountsOffers => ({
  lockAccount: (id) =>
    facts.get(`account ${id}`, async () => (await service.call(FIND_ACCOUNT, { id })).account),
  openAccount: async ({ id, name, email }) => {
    await facts.get(`openAccount ${id}`, () => service.call(OPEN_ACCOUNT, { id, name, email: email.text }));
  },
  renameAccount: async (id, name) => {
    await facts.get(`renameAccount ${id} ${name}`, () => service.call(RENAME_ACCOUNT, { id, name }));
  },
});

/** The accounts of another process, for queries. */
export const accountsElsewhereToQueries = ({ service }: ElsewhereToQueries): AccountsQueryOffers => ({
  identifyAccounts: async (ids) => (await service.call(IDENTIFY_ACCOUNTS, { ids })).accounts,
  findAccountByEmail: async ({ text }) => (await service.call(FIND_ACCOUNT_BY_EMAIL, { email: text })).id,
});
