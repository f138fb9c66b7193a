import Joi from 'joi';
import { listSearch, page, pageRequest } from '#src/platform/http/lists/list.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import { answer, instant, pageOf, text, timestamp, uuid } from '#src/platform/http/routes/schemas.js';
import { isSearch, listEntries } from '../../application/list-entries.js';
import type { EntryFilter, EntryReader } from '../../application/ports.js';
import type { Entry } from '../../domain/entry.js';

const entryBody = answer('AuditEntry', {
  id: Joi.string().uuid(),
  at: timestamp(),
  actorId: Joi.string()
    .uuid()
    .allow(null)
    .description(
      'The user who did it; null when nobody was logged in, and for what the shop or its operator did',
    ),
  action: Joi.string().description(
    'The kind of the subject and what was done to it, such as `product.changed`',
  ),
  subjectId: Joi.string().uuid().allow(null).description('What it was done to'),
  addressHash: Joi.string()
    .allow(null)
    .description('The same for the same address of the same person; null when either is not known'),
});

const viewEntry = ({ at, ...entry }: Entry) => ({ ...entry, at: at.toISOString() });

const auditSearch = listSearch<EntryFilter>({
  actor: uuid().description('What this user did'),
  action: text(64).description('What was done in this way, such as `user.login_failed`'),
  subject: uuid().description('What was done to this user, product, order …'),
  from: instant().description('At this time or later'),
  to: instant().description('Before this time'),
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
