import { compareText } from '#src/kernel/text.js';
import type { MemoryScope } from '../memory/store.js';
import { memoryTable } from '../memory/table.js';
import {
  aggregateOf,
  type ClaimedEvent,
  type Outcome,
  type OutboxEvent,
  type OutboxRepository,
  type TriedEvent,
} from './outbox.js';

interface OutboxRow extends TriedEvent {
  readonly state: 'pending' | 'parked' | 'delivered';
  /** When it may be claimed while it is pending, and purged once it is delivered; milliseconds since 1970. */
  readonly dueAt: number;
  readonly claimId: string | null;
}

const aggregateKey = (event: OutboxEvent): string => `${aggregateOf(event)}/${event.aggregateId}`;

export const outboxTable = memoryTable<OutboxRow>({
  name: 'outbox_events',
  key: ({ id }) => id,
  unique: {
    outbox_events_version_aggregateId_aggregate_sequence_unique: (row) =>
      `${String(row.version)}/${aggregateKey(row)}/${String(row.sequence)}`,
  },
});

const eventIn = ({ state: _state, dueAt: _dueAt, claimId: _claimId, ...event }: OutboxRow): TriedEvent =>
  event;

const byNumber = (a: OutboxRow, b: OutboxRow): number => a.version - b.version || a.sequence - b.sequence;
const byWaiting = (a: OutboxRow, b: OutboxRow): number => a.dueAt - b.dueAt || compareText(a.id, b.id);

const settled = (row: OutboxRow, outcome: Outcome, now: number): OutboxRow => {
  switch (outcome.is) {
    case 'delivered':
      return { ...row, claimId: null, state: 'delivered', dueAt: now + outcome.keepMs };
    case 'failed':
      return { ...row, claimId: null, dueAt: now + outcome.retryInMs };
    case 'parked':
      return { ...row, claimId: null, state: 'parked' };
  }
};

/** Here the process is the database, and its clock the database's. */
export const memoryOutboxRepository = (scope: MemoryScope): OutboxRepository => {
  const events = scope.table(outboxTable);
  const now = (): number => Date.now();
  const isDue = ({ state, dueAt }: OutboxRow): boolean => state === 'pending' && dueAt <= now();
  const isOver = ({ state, dueAt }: OutboxRow): boolean => state === 'delivered' && dueAt <= now();

  return {
    add: async (added) => {
      for (const event of added)
        await events.insert({ ...event, state: 'pending', dueAt: now(), tries: 0, claimId: null });
    },

    due: async (limit) => {
      const undelivered = await events.all(({ state }) => state !== 'delivered');
      const first = new Map<string, OutboxRow>();
      for (const row of undelivered.toSorted(byNumber).reverse()) first.set(aggregateKey(row), row);
      const due = [...first.values()].filter(isDue).sort(byWaiting);
      return due.slice(0, limit).map(({ id }) => id);
    },

    claim: async (ids, { claimId, leaseMs }) => {
      const claimed: ClaimedEvent[] = [];
      for (const id of ids.toSorted(compareText)) {
        await events.update(id, (row) => {
          if (!isDue(row)) return null;
          const leased = { ...row, claimId, tries: row.tries + 1, dueAt: now() + leaseMs };
          claimed.push({ ...eventIn(leased), claimId });
          return leased;
        });
      }
      return claimed;
    },

    settle: async (settlements) => {
      let touched = 0;
      for (const { event, outcome } of settlements.toSorted((a, b) => compareText(a.event.id, b.event.id)))
        touched += await events.update(event.id, (row) =>
          row.claimId === event.claimId ? settled(row, outcome, now()) : null,
        );
      return touched;
    },

    parked: async (limit) => {
      const rows = (await events.all(({ state }) => state === 'parked')).toSorted(byWaiting);
      return rows.slice(0, limit).map(eventIn);
    },

    requeue: (id) =>
      events.update(id, (row) =>
        row.state === 'parked' ? { ...row, state: 'pending', dueAt: now(), tries: 0 } : null,
      ),

    purge: async (limit) => {
      const over = (await events.all(isOver)).toSorted(byWaiting).slice(0, limit);
      const ids = over.map(({ id }) => id);
      let purged = 0;
      for (const id of ids.toSorted(compareText)) purged += await events.delete(id, isOver);
      return purged;
    },
  };
};
