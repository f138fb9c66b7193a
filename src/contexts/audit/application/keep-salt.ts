import type { UserId } from '#src/kernel/ids.js';
import type { AuditPorts } from './ports.js';

/** Step: a person is new. From now on the log can tell their addresses apart. */
export const keepSalt =
  ({ salts, addresses }: Pick<AuditPorts, 'salts' | 'addresses'>) =>
  (person: UserId): Promise<void> =>
    salts.add(person, addresses.newSalt());
