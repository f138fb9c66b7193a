import { ok } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import { changeCustomer } from '../../application/profile.js';
import { getCustomer } from '../../application/queries.js';
import { fail } from '../../domain/errors.js';
import { customerPatch } from './customer-bodies.js';
import { notFound } from './customer-problems.js';
import type { CustomerRoutesDeps } from './customer-routes-deps.js';
import { customerBody, customerTag, parseCustomerTag, viewCustomer } from './customer-view.js';

/** What signed-in users do with their own profile. */
export const profileRoutes = ({ transact, customers }: CustomerRoutesDeps): readonly Route[] => [
  route({
    method: 'get',
    path: '/customers/me',
    operationId: 'getMyProfile',
    tag: 'Customers',
    access: 'user',
    summary: 'Get my profile and address book',
    description: 'Name and e-mail address are those of the account.',
    replies: { 200: { body: customerBody, headers: ['ETag'] } },
    errors: fail.pick('customer_not_found'),
    query: ({ actor }) => getCustomer({ customers })(actor, actor.id),
    reply: (customer) => ok(viewCustomer(customer), { etag: customerTag(customer) }),
  }),
  route({
    method: 'patch',
    path: '/customers/me',
    operationId: 'changeMyProfile',
    tag: 'Customers',
    access: 'user',
    summary: 'Update my name or phone number',
    description:
      'Absent fields stay as they are. Change the e-mail address with `PATCH /auth/me`, and addresses at ' +
      '`/customers/me/addresses`.',
    body: customerPatch,
    ifMatch: parseCustomerTag,
    replies: { 200: { body: customerBody, headers: ['ETag'] } },
    errors: notFound,
    transact,
    command: ({ actor, body, ifMatch }) => changeCustomer(actor, actor.id, body, ifMatch),
    reply: (customer) => ok(viewCustomer(customer), { etag: customerTag(customer) }),
  }),
];
