import type { UserId } from '#src/kernel/ids.js';
import type { AuditPorts } from './ports.js';

/**
 * Step: a person is erased. Their entries stay, and nobody can tell any more from which addresses; nor from an entry that
 * is being written at the same moment, for the salt is never made again.
 */
export const dropSalt =
  ({ salts }: Pick<AuditPorts, 'salts'>) =>
  (person: UserId): Promise<void> =>
    salts.remove(person);
