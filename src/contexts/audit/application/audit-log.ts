import type { AuditLog, Origin } from '#src/kernel/audit.js';
import type { ApiKeyId, UserId } from '#src/kernel/ids.js';
import type { Entry, EntryId } from '../domain/entry.js';
import type { AuditPorts } from './ports.js';

/** The command line, the start of the shop, its housekeeping. */
export const THE_SHOP: Origin = { actor: null, address: null };

/** Returns the actor of an event: the one that the command names, or its caller. */
export const actorOf = (
  { actor, actorType = 'user' }: Origin,
  named: UserId | undefined,
): Pick<Entry, 'actorId' | 'actorType'> => {
  if (named !== undefined) return { actorId: named, actorType: 'user' };
  return { actorId: actor, actorType: actor === null ? null : actorType };
};

/**
 * Step: stores events as entries. The address belongs to the actor and is hashed under their salt; without an actor, as in a
 * failed log-in, under the salt of the subject.
 */
export const auditLog = (ports: AuditPorts, origin: Origin = THE_SHOP): AuditLog => ({
  record: async ({ action, subject, actor }) => {
    const { entries, salts, addresses, newId, now } = ports;
    const id = newId<EntryId>();
    const who = actorOf(origin, actor);
    // Asked in any case, so that a log-in with an unknown name takes as long as one with a wrong password.
    const salt = await salts.find(who.actorId ?? subject ?? id);
    const { address } = origin;
    const addressHash = address === null || salt === null ? null : addresses.hash(address, salt);
    await entries.add({ id, at: now(), ...who, action, subjectId: subject, addressHash });
  },
  from: (other) => auditLog(ports, other),
});

/** Step: creates the secret of a new user or API key, under which the log hashes their network addresses. */
export const createSalt =
  ({ salts, addresses }: Pick<AuditPorts, 'salts' | 'addresses'>) =>
  (actor: UserId | ApiKeyId): Promise<void> =>
    salts.add(actor, addresses.newSalt());
