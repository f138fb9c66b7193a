import type { UserId } from '#src/kernel/ids.js';
import type { AuditPorts } from './ports.js';

/** Step: creates the secret of a new user, under which the log hashes their network addresses. */
export const createSalt =
  ({ salts, addresses }: Pick<AuditPorts, 'salts' | 'addresses'>) =>
  (person: UserId): Promise<void> =>
    salts.add(person, addresses.newSalt());
