import { EXAMPLE_CUSTOMER } from '#src/kernel/examples.js';
import type { Transact } from '#src/kernel/transact.js';
import { listSearch, page, pageRequest } from '#src/platform/http/lists/list.js';
import { ok } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import type { WithIdempotency } from '#src/platform/idempotency/idempotency-store.js';
import { idParam } from '#src/platform/http/routes/schemas.js';
import { boolean } from '#src/platform/schema/schema.js';
import { changeUser } from '../../application/change-user.js';
import { getUser, listUsers } from '../../application/queries.js';
import type { AccountsPorts, UserReader } from '../../application/ports.js';
import { fail } from '../../domain/errors.js';
import { role, userChangesBody } from './account-schemas.js';
import { managedUserBody, managedUsersBody, viewManagedUser } from './account-view.js';

export interface UserRoutesDeps {
  readonly transact: Transact<AccountsPorts & WithIdempotency>;
  /** Outside any transaction. */
  readonly users: UserReader;
}

const tag = 'Accounts';

/** What administrators do with the accounts of others. */
export const userRoutes = ({ transact, users }: UserRoutesDeps): readonly Route[] => [
  route({
    method: 'get',
    path: '/users',
    operationId: 'listUsers',
    tag,
    access: 'admin',
    ownPath: '/auth/me',
    summary: 'List users',
    description: 'Sorted by creation, the latest first.',
    search: listSearch({
      role: role().description('Only users with this role').example('customer').optional(),
      disabled: boolean()
        .description('true: only disabled users; false: only enabled ones')
        .example(false)
        .optional(),
    }),
    cost: { parameters: { disabled: 1 } },
    replies: { 200: { body: managedUsersBody, headers: ['Link'] } },
    query: (input) => {
      const { role: ofRole, disabled } = input.search;
      const filter = {
        ...(ofRole !== undefined && { role: ofRole }),
        ...(disabled !== undefined && { disabled }),
      };
      return listUsers({ users })(input.actor, filter, pageRequest(input, 'time'));
    },
    reply: (result, input) => page(result, viewManagedUser, input),
  }),
  route({
    method: 'get',
    path: '/users/:id',
    operationId: 'getUser',
    tag,
    access: 'admin',
    ownPath: '/auth/me',
    summary: 'Get a user',
    description: 'Returns the account. The profile of the same person is at `GET /customers/{id}`.',
    params: idParam(EXAMPLE_CUSTOMER.id),
    replies: { 200: { body: managedUserBody } },
    errors: fail.pick('user_not_found'),
    query: ({ actor, params }) => getUser({ users })(actor, params.id),
    reply: (user) => ok(viewManagedUser(user)),
  }),
  route({
    method: 'patch',
    path: '/users/:id',
    operationId: 'changeUser',
    tag,
    access: 'admin',
    ownPath: '/auth/me',
    summary: 'Change the role of a user, or disable or enable the user',
    description:
      'Takes effect with the next request of the user. Disabling a user also revokes their sessions and cancels ' +
      'their pending orders. The last enabled administrator can be neither demoted nor disabled. Promoting or ' +
      'enabling a user requires a log-in within the last ten minutes; a refresh does not count.',
    params: idParam(EXAMPLE_CUSTOMER.id),
    body: userChangesBody,
    replies: { 200: { body: managedUserBody } },
    errors: fail.pick('user_not_found', 'last_admin', 'recent_login_required'),
    transact,
    command: ({ actor, params, body }) => changeUser(actor, params.id, body),
    audit: 'recorded',
    reply: (user) => ok(viewManagedUser(user)),
  }),
];
