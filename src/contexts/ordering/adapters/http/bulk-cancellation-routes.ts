import { EXAMPLE_ADMINISTRATOR, EXAMPLE_CUSTOMER, EXAMPLE_FROM, EXAMPLE_TIME } from '#src/kernel/examples.js';
import type { CustomerId, NewId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import { listSearch, page, pageRequest } from '#src/platform/http/lists/list.js';
import { ok, started } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import type { WithIdempotency } from '#src/platform/idempotency/idempotency-store.js';
import { createdAt, idParam, pageOf, storedInteger, updatedAt } from '#src/platform/http/routes/schemas.js';
import {
  instant,
  instantFrom,
  object,
  oneOf,
  timestamp,
  uuid,
  type ValueOf,
} from '#src/platform/schema/schema.js';
import { requestBulkCancellation } from '../../application/bulk-cancellation.js';
import { getBulkCancellation, listBulkCancellations } from '../../application/queries.js';
import type { BulkCancellationReader, OrderingPorts } from '../../application/ports.js';
import {
  BULK_REASONS,
  type BulkCancellation,
  type BulkCancellationId,
} from '../../domain/bulk-cancellation.js';
import { fail } from '../../domain/errors.js';

export interface BulkCancellationRoutesDeps {
  readonly transact: Transact<OrderingPorts & WithIdempotency>;
  /** Outside any transaction, for the queries. */
  readonly bulkCancellations: BulkCancellationReader;
  readonly newId: NewId;
}

const TAG = 'Orders';
const PATH = '/orders/cancellations';

const EXAMPLE_ID = '019b76da-a800-7000-8000-000000000041' as BulkCancellationId;

const filter = object(
  'BulkCancellationCreate',
  {
    customerId: uuid<CustomerId>()
      .description('Orders of this customer')
      .example(EXAMPLE_CUSTOMER.id)
      .optional(),
    from: instant().description('Orders placed from this time on').optional(),
    to: instantFrom('from')
      .description(
        'Orders placed before this time, which is not before `from`; before the request, if that is earlier',
      )
      .optional(),
  },
  { description: 'Which pending orders to cancel: those that meet all conditions' },
)
  .atLeast(1)
  .example({ customerId: EXAMPLE_CUSTOMER.id, from: EXAMPLE_FROM });

const body = object(
  'BulkCancellation',
  {
    id: uuid().description('Id of the bulk cancellation').example(EXAMPLE_ID),
    status: oneOf('running', 'finished')
      .description('Whether orders are still being cancelled')
      .example('running'),
    reason: oneOf(...BULK_REASONS)
      .description('`requested` by an administrator, or the event that caused it')
      .example('requested'),
    requestedBy: uuid()
      .nullable()
      .description('Id of the administrator; null unless the reason is `requested`')
      .example(EXAMPLE_ADMINISTRATOR.id),
    customerId: uuid()
      .nullable()
      .description('Only orders of this customer; null for all')
      .example(EXAMPLE_CUSTOMER.id),
    from: timestamp()
      .nullable()
      .description('Only orders placed from this time on; null for all')
      .example('2026-01-01T00:00:00.000Z'),
    to: timestamp().nullable().description('Only orders placed before this time').example(EXAMPLE_TIME),
    cancelled: storedInteger().description('Number of orders cancelled so far').example(0),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    finishedAt: timestamp().nullable().description('Time at which the last order was cancelled; null before'),
  },
  { description: 'A cancellation of many pending orders' },
);

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

const view = (bulk: BulkCancellation): ValueOf<typeof body> => ({
  id: bulk.id,
  status: bulk.finishedAt === null ? 'running' : 'finished',
  reason: bulk.reason,
  requestedBy: bulk.requestedBy,
  customerId: bulk.customerId,
  from: iso(bulk.from),
  to: iso(bulk.to),
  cancelled: bulk.cancelled,
  createdAt: bulk.createdAt.toISOString(),
  updatedAt: bulk.updatedAt.toISOString(),
  finishedAt: iso(bulk.finishedAt),
});

/** Cancels the pending orders of a filter, for administrators. */
export const bulkCancellationRoutes = ({
  transact,
  bulkCancellations,
  newId,
}: BulkCancellationRoutesDeps): readonly Route[] => [
  route({
    method: 'post',
    path: PATH,
    operationId: 'cancelOrders',
    tag: TAG,
    access: 'admin',
    summary: 'Cancel many pending orders',
    description: [
      'Cancels every pending order that meets all conditions of the body and returns its stock. At least one ' +
        'condition is required. Orders that are already confirmed, or are placed later, stay as they are.',
      'The orders are cancelled after the response, in batches, from the latest to the earliest. Follow the ' +
        'progress at `Location`.',
    ].join('\n\n'),
    body: filter,
    replies: {
      202: { description: 'The bulk cancellation, with the status `running`', body, headers: ['Location'] },
    },
    transact,
    command: ({ actor, body: wanted }) => requestBulkCancellation({ newId })(actor, wanted),
    audit: { action: 'bulk_cancellation.requested', subject: ({ id }) => id },
    reply: (bulk) => started(`${PATH}/${bulk.id}`, view(bulk)),
  }),
  route({
    method: 'get',
    path: PATH,
    operationId: 'listBulkCancellations',
    tag: TAG,
    access: 'admin',
    summary: 'List bulk cancellations',
    description:
      'Returns those requested by administrators and those of the orders of disabled users, the latest first.',
    search: listSearch({
      customerId: uuid<CustomerId>()
        .description('Only those of the orders of this customer')
        .example(EXAMPLE_CUSTOMER.id)
        .optional(),
    }),
    replies: {
      200: {
        description: 'A page of bulk cancellations',
        body: pageOf('BulkCancellationPage', body),
        headers: ['Link'],
      },
    },
    query: (input) => {
      const { limit: _limit, after: _after, ...search } = input.search;
      return listBulkCancellations({ bulkCancellations })(input.actor, search, pageRequest(input, 'time'));
    },
    reply: (result, input) => page(result, view, input),
  }),
  route({
    method: 'get',
    path: `${PATH}/:id`,
    operationId: 'getBulkCancellation',
    tag: TAG,
    access: 'admin',
    summary: 'Get a bulk cancellation',
    description: 'Returns the number of orders cancelled so far.',
    params: idParam(EXAMPLE_ID),
    replies: { 200: { body } },
    errors: fail.pick('bulk_cancellation_not_found'),
    query: ({ actor, params }) => getBulkCancellation({ bulkCancellations })(actor, params.id),
    reply: (bulk) => ok(view(bulk)),
  }),
];
