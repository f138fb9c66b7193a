import {
  EXAMPLE_ADMINISTRATOR,
  EXAMPLE_FROM,
  EXAMPLE_PRODUCT,
  EXAMPLE_TIME,
  EXAMPLE_TO,
} from '#src/kernel/examples.js';
import type { ApiKeyId, UserId } from '#src/kernel/ids.js';
import { listSearch, page, pageRequest } from '#src/platform/http/lists/list.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import { pageOf } from '#src/platform/http/routes/schemas.js';
import {
  enumeration,
  instant,
  object,
  string,
  text,
  timestamp,
  uuid,
  type ValueOf,
} from '#src/platform/schema/schema.js';
import { isSearch, listEntries } from '../../application/queries.js';
import type { EntryReader } from '../../application/ports.js';
import type { Entry } from '../../domain/entry.js';

const entryBody = object(
  'AuditEntry',
  {
    id: uuid().description('Id of the audit event').example('019b76da-a800-7000-8000-000000000051'),
    at: timestamp().description('Time of the event').example(EXAMPLE_TIME),
    actorId: uuid()
      .nullable()
      .description(
        'Id of the user or the API key that acted; null if the caller was not authenticated, or if the shop or its ' +
          'operator acted',
      )
      .example(EXAMPLE_ADMINISTRATOR.id),
    actorType: enumeration('ActorType', 'Kind of what acted', ['user', 'api_key'])
      .nullable()
      .description('What acted; null without an `actorId`')
      .example('user'),
    action: string()
      .description('Kind of the affected resource and what happened to it, such as `product.changed`')
      .example('product.changed'),
    subjectId: uuid()
      .nullable()
      .description('Id of the affected resource; null if it is unknown')
      .example(EXAMPLE_PRODUCT.id),
    addressHash: string()
      .nullable()
      .description(
        'Hash of the network address, equal for the same address and person; null if either is unknown',
      )
      .example('5b2c4f9d0e7a6c1384f0d2a9'),
  },
  { description: 'An event of the audit log' },
);

const viewEntry = ({ at, ...entry }: Entry): ValueOf<typeof entryBody> => ({
  ...entry,
  at: at.toISOString(),
});

const auditSearch = listSearch({
  actor: uuid<UserId | ApiKeyId>()
    .description('Only actions of this user or API key')
    .example(EXAMPLE_ADMINISTRATOR.id)
    .optional(),
  action: text(64)
    .description('Only this action, such as `user.login_failed`')
    .example('product.changed')
    .optional(),
  subject: uuid()
    .description('Only actions on the resource with this id')
    .example(EXAMPLE_PRODUCT.id)
    .optional(),
  from: instant().description('Only from this time on').example(EXAMPLE_FROM).optional(),
  to: instant().description('Only before this time').example(EXAMPLE_TO).optional(),
});

export const auditRoutes = ({ entries }: { readonly entries: EntryReader }): readonly Route[] => [
  route({
    method: 'get',
    path: '/audit-log',
    operationId: 'listAuditEntries',
    tag: 'Operators',
    access: 'admin',
    summary: 'List audit events',
    description:
      'Returns what happened to accounts and sessions, and every change by an administrator, the latest first. ' +
      'Audit events contain no names: only ids, and a hash of the network address with a secret per person, which ' +
      'is deleted when the person is erased. Filters can be combined; an event must match all of them.',
    search: auditSearch,
    isSearch,
    replies: { 200: { body: pageOf('AuditEntryPage', entryBody), headers: ['Link'] } },
    query: (input) => {
      const { limit: _limit, after: _after, ...filter } = input.search;
      return listEntries({ entries })(input.actor, filter, pageRequest(input, 'time'));
    },
    reply: (result, input) => page(result, viewEntry, input),
  }),
];
