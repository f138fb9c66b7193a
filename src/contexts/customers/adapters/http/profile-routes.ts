import { noContent, ok } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import { requireRecentLogIn } from '#src/contexts/accounts/public.js';
import { changeCustomer } from '../../application/change-customer.js';
import { eraseCustomer } from '../../application/erase-customer.js';
import { exportPersonalData } from '../../application/export-personal-data.js';
import { getCustomer } from '../../application/get-customer.js';
import { fail } from '../../domain/errors.js';
import { customerPatch } from './customer-bodies.js';
import { erasureErrors, notFound, recentLogInErrors } from './customer-problems.js';
import type { CustomerRoutesDeps } from './customer-routes-deps.js';
import { customerBody, customerTag, parseCustomerTag, viewCustomer } from './customer-view.js';
import { personalDataBody, viewPersonalData } from './personal-data-view.js';

/** What signed-in users do with their own profile. */
export const profileRoutes = ({
  transact,
  customers,
  personalLists,
  newId,
  now,
}: CustomerRoutesDeps): readonly Route[] => [
  route({
    method: 'get',
    path: '/customers/me',
    operationId: 'getMyProfile',
    tag: 'Customers',
    access: 'user',
    summary: 'Get my profile, with my address book',
    replies: { 200: { body: customerBody, headers: ['ETag'] } },
    errors: fail.pick('customer_not_found'),
    query: ({ actor }) => getCustomer({ customers })(actor.id),
    reply: (customer) => ok(viewCustomer(customer), { etag: customerTag(customer) }),
  }),
  route({
    method: 'patch',
    path: '/customers/me',
    operationId: 'changeMyProfile',
    tag: 'Customers',
    access: 'user',
    summary: 'Update my name or telephone number',
    description:
      'What is missing stays as it is. The e-mail address is changed at `PATCH /auth/me`, the addresses at `/customers/me/addresses`.',
    body: customerPatch,
    ifMatch: parseCustomerTag,
    replies: { 200: { body: customerBody, headers: ['ETag'] } },
    errors: notFound,
    transact,
    command: ({ actor, body, ifMatch }) => changeCustomer(actor.id, body, ifMatch),
    reply: (customer) => ok(viewCustomer(customer), { etag: customerTag(customer) }),
  }),
  route({
    method: 'get',
    path: '/customers/me/export',
    operationId: 'exportMyData',
    cost: { base: 20 },
    tag: 'Customers',
    access: 'user',
    summary: 'Export all data that the shop holds on me',
    description:
      'Profile, account with its sessions, cart, orders and entries of the audit log in one JSON document. Passwords and tokens are not in it: the shop holds only hashes of them. The audit log is told. Requires a log-in within the last ten minutes; a refresh does not count. The document is sent while it is read: orders and entries are shown as they are at that moment. When it can not be completed, the connection is closed before its end.',
    replies: { 200: { body: personalDataBody } },
    errors: [...recentLogInErrors, ...notFound],
    transact,
    command: ({ actor }) => {
      requireRecentLogIn({ now })(actor);
      return exportPersonalData({ customers, personalLists })(actor.id);
    },
    reply: (data) => ok(viewPersonalData(data)),
  }),
  route({
    method: 'delete',
    path: '/customers/me',
    operationId: 'eraseMe',
    tag: 'Customers',
    access: 'user',
    summary: 'Erase my account and my personal data',
    description: `Account, sessions, profile, address book and cart are removed, and my tokens stop working at once; the e-mail address may sign up anew.
Pending orders are cancelled and addresses are removed from orders within moments after the answer. Orders are kept for the books, without a name: only their \`userId\` stays.
Refused while an order is confirmed or shipped, and for the last administrator.
Requires a log-in within the last ten minutes; a refresh does not count.`,
    ifMatch: parseCustomerTag,
    replies: { 204: {} },
    errors: erasureErrors,
    transact,
    command: ({ actor, ifMatch }) => {
      requireRecentLogIn({ now })(actor);
      return eraseCustomer({ newId })(actor.id, ifMatch);
    },
    reply: noContent,
  }),
];
