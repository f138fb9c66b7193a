import { PURGE_EVERY_MS, purgeAll, type Chore } from '#src/platform/chores.js';
import { RETENTION_MS } from '#src/platform/idempotency/idempotency-store.js';
import { RETENTION_MS as INBOX_RETENTION_MS } from '#src/platform/inbox/inbox.js';
import { CONTEXT_NAMES } from './contexts.js';
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

/** Returns the chore that removes the ids of events of other processes: one that holds all contexts receives none. */
const inboxChores = ({
  config,
  persistence: { transact },
  now,
}: Pick<Parts, 'config' | 'persistence' | 'now'>): readonly Chore[] =>
  CONTEXT_NAMES.every((name) => config.contexts.includes(name))
    ? []
    : [
        {
          name: 'purge ids of received events',
          everyMs: PURGE_EVERY_MS,
          run: () => {
            const before = new Date(now().getTime() - INBOX_RETENTION_MS);
            return purgeAll((limit) => transact(({ inbox }) => inbox.purge(before, limit)));
          },
        },
      ];

/** Returns all periodic chores of a process; safe in several processes at once. */
export const choresOf = (
  parts: Pick<Parts, 'config' | 'persistence' | 'now' | 'contexts'>,
): readonly Chore[] => [
  ...platformChores(parts),
  ...inboxChores(parts),
  ...parts.config.contexts.flatMap((name) => parts.contexts[name].chores),
];
