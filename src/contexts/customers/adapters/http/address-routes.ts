import { EXAMPLE_ADDRESS } from '#src/kernel/examples.js';
import { pagingSearch, page, pageRequest } from '#src/platform/http/lists/list.js';
import { created, noContent, ok } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import { idParam } from '#src/platform/http/routes/schemas.js';
import { addAddress, removeAddress, replaceAddress } from '../../application/address-book.js';
import { getAddress, listAddresses } from '../../application/queries.js';
import { fail } from '../../domain/errors.js';
import { MAX_ADDRESSES } from '../../domain/limits.js';
import { addressReplacement, addressWish } from './customer-bodies.js';
import type { CustomerRoutesDeps } from './customer-routes-deps.js';
import { addressBody, addressPageBody, viewAddress } from './customer-view.js';

/** The caller's address book. */
export const addressRoutes = ({ transact, customers, newId }: CustomerRoutesDeps): readonly Route[] => [
  route({
    method: 'get',
    path: '/customers/me/addresses',
    operationId: 'listMyAddresses',
    tag: 'Customers',
    access: 'user',
    summary: 'List my addresses',
    description: 'In the order of their creation.',
    search: pagingSearch,
    replies: { 200: { body: addressPageBody, headers: ['Link'] } },
    errors: fail.pick('customer_not_found'),
    query: (input) => listAddresses({ customers })(input.actor.id, pageRequest(input, 'text')),
    reply: (addresses, input) => page(addresses, viewAddress, input),
  }),
  route({
    method: 'post',
    path: '/customers/me/addresses',
    operationId: 'addMyAddress',
    tag: 'Customers',
    access: 'user',
    summary: 'Add an address to my address book',
    description: `An address book holds at most ${MAX_ADDRESSES} addresses. Orders without an address use the default one.`,
    body: addressWish,
    replies: { 201: { body: addressBody, headers: ['Location'] } },
    errors: fail.pick('customer_not_found', 'address_book_full'),
    transact,
    command: ({ actor, body }) => addAddress({ newId })(actor.id, body),
    reply: (address) => created(`/customers/me/addresses/${address.id}`, viewAddress(address)),
  }),
  route({
    method: 'get',
    path: '/customers/me/addresses/:id',
    operationId: 'getMyAddress',
    tag: 'Customers',
    access: 'user',
    summary: 'Get one of my addresses',
    description: 'Returns one address of the address book.',
    params: idParam(EXAMPLE_ADDRESS.id),
    replies: { 200: { body: addressBody } },
    errors: fail.pick('customer_not_found', 'address_not_found'),
    query: ({ actor, params }) => getAddress({ customers })(actor.id, params.id),
    reply: (address) => ok(viewAddress(address)),
  }),
  route({
    method: 'put',
    path: '/customers/me/addresses/:id',
    operationId: 'replaceMyAddress',
    tag: 'Customers',
    access: 'user',
    summary: 'Replace one of my addresses',
    description: 'Absent fields are removed from the address. Existing orders keep the address as it was.',
    params: idParam(EXAMPLE_ADDRESS.id),
    body: addressReplacement,
    replies: { 200: { body: addressBody } },
    errors: fail.pick('customer_not_found', 'address_not_found'),
    transact,
    command: ({ actor, params, body }) => replaceAddress(actor.id, params.id, body),
    reply: (address) => ok(viewAddress(address)),
  }),
  route({
    method: 'delete',
    path: '/customers/me/addresses/:id',
    operationId: 'removeMyAddress',
    tag: 'Customers',
    access: 'user',
    summary: 'Delete one of my addresses',
    description: 'If the default address is deleted, the earliest remaining one becomes the default.',
    params: idParam(EXAMPLE_ADDRESS.id),
    replies: { 204: {} },
    errors: fail.pick('customer_not_found', 'address_not_found'),
    transact,
    command: ({ actor, params }) => removeAddress(actor.id, params.id),
    reply: noContent,
  }),
];
