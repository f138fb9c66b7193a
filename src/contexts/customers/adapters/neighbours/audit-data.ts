import { entryPages, type EntryReader, type Entry } from '#src/contexts/audit/public.js';
import type { CustomerId } from '#src/kernel/ids.js';
import type { PersonalList } from '../../application/ports.js';

const ENTRIES_AT_A_TIME = 100;

const viewEntry =
  (customer: CustomerId) =>
  ({ id, at, action, actorId, subjectId, addressHash }: Entry) => {
    const isOwn = actorId === customer;
    return {
      ...{ id, at: at.toISOString(), action, subjectId },
      by: isOwn ? 'me' : actorId === null ? 'unknown' : 'administrator',
      // An administrator's is not made with this person's secret.
      addressHash: isOwn || actorId === null ? addressHash : null,
    };
  };

/** What the audit log holds on a person. Who else acted stays out of it: that is somebody else's datum. */
export const auditData = (ports: { readonly entries: EntryReader }): PersonalList => ({
  name: 'auditLog',
  pages: async function* (customer) {
    for await (const page of entryPages(ports)(customer, ENTRIES_AT_A_TIME))
      yield page.map(viewEntry(customer));
  },
});
