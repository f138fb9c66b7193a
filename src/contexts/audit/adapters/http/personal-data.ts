import { EXAMPLE_CUSTOMER, EXAMPLE_TIME } from '#src/kernel/examples.js';
import type { UserId } from '#src/kernel/ids.js';
import { exportedList } from '#src/platform/personal-data.js';
import { object, oneOf, string, timestamp, uuid, type ValueOf } from '#src/platform/schema/schema.js';
import { entryPages } from '../../application/queries.js';
import type { EntryReader } from '../../application/ports.js';
import type { Entry } from '../../domain/entry.js';

const entryBody = object(
  'ExportedAuditEntry',
  {
    id: uuid().description('Id of the audit event').example('019b76da-a800-7000-8000-000000000052'),
    at: timestamp().description('Time of the event').example(EXAMPLE_TIME),
    action: string()
      .description('Kind of the affected resource and what happened to it')
      .example('user.logged_in'),
    subjectId: uuid()
      .nullable()
      .description('Id of the affected resource; null if it is unknown')
      .example(EXAMPLE_CUSTOMER.id),
    by: oneOf('me', 'administrator', 'unknown')
      .description(
        '`administrator` also for an API key of the shop; `unknown` if the caller was not authenticated, or if the ' +
          'shop or its operator acted',
      )
      .example('me'),
    addressHash: string()
      .nullable()
      .description('Hash of the network address of the caller, as the shop stores it')
      .example('5b2c4f9d0e7a6c1384f0d2a9'),
  },
  { description: 'An event of the audit log in an export' },
);

const ENTRIES_AT_A_TIME = 100;

const viewEntry =
  (person: UserId) =>
  ({ id, at, action, actorId, subjectId, addressHash }: Entry): ValueOf<typeof entryBody> => {
    const isOwn = actorId === person;
    return {
      ...{ id, at: at.toISOString(), action, subjectId },
      by: isOwn ? 'me' : actorId === null ? 'unknown' : 'administrator',
      // An administrator's is not made with this person's secret.
      addressHash: isOwn || actorId === null ? addressHash : null,
    };
  };

/** What the audit log holds on a person. Which other user acted is left out: that is the other's datum. */
export const entryList = exportedList({
  name: 'auditLog',
  body: entryBody,
  description: 'My own actions and those on my account, the latest first',
  pages: (readers: { readonly entries: EntryReader }) =>
    async function* (person) {
      for await (const page of entryPages(readers)(person, ENTRIES_AT_A_TIME))
        yield page.map(viewEntry(person));
    },
});
