import { PURGE_EVERY_MS, purgeAll, type Chore } from '#src/platform/chores.js';
import { RETENTION_MS } from '#src/platform/idempotency/idempotency-store.js';
import type { Parts } from './parts.js';

/** Returns the chores that remove what the platform stores. */
const platformChores = ({ persistence, now }: Pick<Parts, 'persistence' | 'now'>): readonly Chore[] => {
  const { transact } = persistence;
  return [
    {
      name: 'purge idempotency keys',
      everyMs: PURGE_EVERY_MS,
      run: () => {
        const before = new Date(now().getTime() - RETENTION_MS);
        return purgeAll((limit) => transact(({ idempotency }) => idempotency.purge(before, limit)));
      },
    },
    {
      name: 'purge rate counts',
      everyMs: PURGE_EVERY_MS,
      run: () => purgeAll((limit) => transact(({ rateCounts }) => rateCounts.purge(now(), limit))),
    },
  ];
};

/** Returns all periodic chores of a process; safe in several processes at once. */
export const choresOf = (
  parts: Pick<Parts, 'config' | 'persistence' | 'now' | 'contexts'>,
): readonly Chore[] => [
  ...platformChores(parts),
  ...parts.config.contexts.flatMap((name) => parts.contexts[name].chores),
];
