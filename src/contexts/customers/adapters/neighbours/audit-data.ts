import { entriesAbout, type AuditPorts } from '../../../audit/public.js';
import type { PersonalData } from '../../application/ports.js';

/** What the audit log holds on a person. Who else acted stays out of it: that is somebody else's datum. */
export const auditData = (ports: Pick<AuditPorts, 'entries'>): PersonalData => ({
  of: async (customer) => ({
    auditLog: (await entriesAbout(ports)(customer)).map((entry) => {
      const { id, at, action, actorId, subjectId, addressHash } = entry;
      const isOwn = actorId === customer;
      return {
        ...{ id, at: at.toISOString(), action, subjectId },
        by: isOwn ? 'me' : actorId === null ? 'unknown' : 'administrator',
        // An administrator's is not made with this person's secret.
        addressHash: isOwn || actorId === null ? addressHash : null,
      };
    }),
  }),
});
