import type { AuditLog, AuditEvent, Origin } from '#src/kernel/audit.js';

/** Who did what, and from where. */
export interface Told extends Origin {
  readonly action: AuditEvent['action'];
  readonly subject: AuditEvent['subject'];
}

/** An audit log that only remembers what it is told. It knows no rollback. */
export const rememberingTrail = (
  told: Told[],
  origin: Origin = { actor: null, address: null },
): AuditLog => ({
  record: ({ action, subject, actor = origin.actor }) => {
    told.push({ ...origin, actor, action, subject });
    return Promise.resolve();
  },
  from: (other) => rememberingTrail(told, other),
});
