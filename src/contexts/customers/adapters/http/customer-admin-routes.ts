import { EXAMPLE_CUSTOMER, EXAMPLE_OTHER_CUSTOMER } from '#src/kernel/examples.js';
import { withShownDomains } from '#src/platform/email-address.js';
import { listSearch, page, pageRequest } from '#src/platform/http/lists/list.js';
import { created, ok } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import { idParam, searchText } from '#src/platform/http/routes/schemas.js';
import type { ValueOf } from '#src/platform/schema/schema.js';
import { accountErrors } from '#src/contexts/accounts/public.js';
import { changeCustomer } from '../../application/profile.js';
import { getCustomer, listCustomers } from '../../application/queries.js';
import { createCustomer } from '../../application/create-customer.js';
import { fail } from '../../domain/errors.js';
import { customerEntry, customerPatch, customerPut } from './customer-bodies.js';
import { notFound } from './customer-problems.js';
import type { CustomerRoutesDeps } from './customer-routes-deps.js';
import {
  customerBody,
  customerPageBody,
  customerTag,
  parseCustomerTag,
  viewCustomer,
} from './customer-view.js';

const customerSearch = listSearch({
  q: searchText('the name or the e-mail address').example('ann').default(''),
});

const filterOf = ({ q }: ValueOf<typeof customerSearch>) => ({ text: withShownDomains(q) });

/** What administrators do with every customer's profile. */
export const customerAdminRoutes = ({ transact, customers, newId }: CustomerRoutesDeps): readonly Route[] => [
  route({
    method: 'get',
    path: '/customers',
    operationId: 'listCustomers',
    tag: 'Customers',
    access: 'admin',
    scope: 'customers:read',
    ownPath: '/customers/me',
    summary: 'List and search customers',
    description: 'Sorted by creation, the latest first.',
    search: customerSearch,
    cost: { parameters: { q: 9 } },
    replies: { 200: { body: customerPageBody, headers: ['Link'] } },
    query: (input) =>
      listCustomers({ customers })(input.actor, filterOf(input.search), pageRequest(input, 'time')),
    reply: (found, input) => page(found, viewCustomer, input),
  }),
  route({
    method: 'post',
    path: '/customers',
    operationId: 'createCustomer',
    tag: 'Customers',
    access: 'admin',
    scope: 'customers:write',
    summary: 'Create a customer',
    description:
      'Also creates an account with the role `customer` and without a password. A log-in is possible once the ' +
      'customer has set a password with `POST /auth/password-reset`.',
    body: customerEntry,
    replies: {
      201: {
        body: customerBody,
        headers: ['Location', 'ETag'],
        example: { ...EXAMPLE_OTHER_CUSTOMER, phone: null, addresses: [] },
      },
    },
    errors: accountErrors.pick('email_taken'),
    transact,
    command: ({ actor, body }) => createCustomer({ newId })(actor, body),
    audit: { action: 'customer.created', subject: ({ id }) => id },
    reply: (customer) =>
      created(`/customers/${customer.id}`, viewCustomer(customer), { etag: customerTag(customer) }),
  }),
  route({
    method: 'get',
    path: '/customers/:id',
    operationId: 'getCustomer',
    tag: 'Customers',
    access: 'admin',
    scope: 'customers:read',
    ownPath: '/customers/me',
    summary: 'Get a customer and their address book',
    description: 'Returns the profile that the customer sees at `GET /customers/me`.',
    params: idParam(EXAMPLE_CUSTOMER.id),
    replies: { 200: { body: customerBody, headers: ['ETag'] } },
    errors: fail.pick('customer_not_found'),
    query: ({ actor, params }) => getCustomer({ customers })(actor, params.id),
    reply: (customer) => ok(viewCustomer(customer), { etag: customerTag(customer) }),
  }),
  route({
    method: 'put',
    path: '/customers/:id',
    operationId: 'replaceCustomer',
    tag: 'Customers',
    access: 'admin',
    scope: 'customers:write',
    ownPath: '/customers/me',
    summary: 'Replace the name and phone number of a customer',
    description:
      'The e-mail address and the address book do not change: the user changes the first at `PATCH /auth/me`, the ' +
      'second at `/customers/me/addresses`.',
    params: idParam(EXAMPLE_CUSTOMER.id),
    body: customerPut,
    ifMatch: parseCustomerTag,
    replies: { 200: { body: customerBody, headers: ['ETag'] } },
    errors: notFound,
    transact,
    command: ({ actor, params, body, ifMatch }) => changeCustomer(actor, params.id, body, ifMatch),
    audit: { action: 'customer.changed', subject: (_, { params }) => params.id },
    reply: (customer) => ok(viewCustomer(customer), { etag: customerTag(customer) }),
  }),
  route({
    method: 'patch',
    path: '/customers/:id',
    operationId: 'changeCustomer',
    tag: 'Customers',
    access: 'admin',
    scope: 'customers:write',
    ownPath: '/customers/me',
    summary: 'Update the name or phone number of a customer',
    description: 'Absent fields stay as they are.',
    params: idParam(EXAMPLE_CUSTOMER.id),
    body: customerPatch,
    ifMatch: parseCustomerTag,
    replies: { 200: { body: customerBody, headers: ['ETag'] } },
    errors: notFound,
    transact,
    command: ({ actor, params, body, ifMatch }) => changeCustomer(actor, params.id, body, ifMatch),
    audit: { action: 'customer.changed', subject: (_, { params }) => params.id },
    reply: (customer) => ok(viewCustomer(customer), { etag: customerTag(customer) }),
  }),
];
