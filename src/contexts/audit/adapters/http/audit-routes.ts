import type { UserId } from '#src/kernel/ids.js';
import { listSearch, page, pageRequest } from '#src/platform/http/lists/list.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import { pageOf } from '#src/platform/http/routes/schemas.js';
import { instant, object, string, text, timestamp, uuid, type ValueOf } from '#src/platform/schema/schema.js';
import { isSearch, listEntries } from '../../application/queries.js';
import type { EntryReader } from '../../application/ports.js';
import type { Entry } from '../../domain/entry.js';

const entryBody = object('AuditEntry', {
  id: uuid(),
  at: timestamp(),
  actorId: uuid()
    .nullable()
    .description(
      'The user who did it; null when nobody was logged in, and for what the shop or its operator did',
    ),
  action: string().description('The kind of the subject and what was done to it, such as `product.changed`'),
  subjectId: uuid().nullable().description('What it was done to'),
  addressHash: string()
    .nullable()
    .description('The same for the same address of the same person; null when either is not known'),
});

const viewEntry = ({ at, ...entry }: Entry): ValueOf<typeof entryBody> => ({
  ...entry,
  at: at.toISOString(),
});

const auditSearch = listSearch({
  actor: uuid<UserId>().description('What this user did').optional(),
  action: text(64).description('What was done in this way, such as `user.login_failed`').optional(),
  subject: uuid().description('What was done to this user, product, order …').optional(),
  from: instant().description('At this time or later').optional(),
  to: instant().description('Before this time').optional(),
});

export const auditRoutes = ({ entries }: { readonly entries: EntryReader }): readonly Route[] => [
  route({
    method: 'get',
    path: '/audit-log',
    operationId: 'listAuditEntries',
    tag: 'Operators',
    access: 'admin',
    summary: 'List the entries of the audit log, the latest first',
    description:
      'What happened to accounts and sessions, and every change that an administrator made. Entries name nobody: they hold ids ' +
      'and a hash of the address under a secret of the person, which goes with the person. Filters can be combined; all of ' +
      'them must hold.',
    search: auditSearch,
    isSearch,
    replies: { 200: { body: pageOf('AuditEntries', entryBody), headers: ['Link'] } },
    query: (input) => {
      const { limit: _limit, after: _after, ...filter } = input.search;
      return listEntries({ entries })(filter, pageRequest(input, 'time'));
    },
    reply: (result, input) => page(result, viewEntry, input),
  }),
];
