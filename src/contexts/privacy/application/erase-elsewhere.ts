import type { Events } from '#src/kernel/events.js';
import type { Now } from '#src/kernel/clock.js';
import type { UserId } from '#src/kernel/ids.js';
import type { Erasure } from '#src/kernel/personal-data.js';
import type { Work } from '#src/kernel/transact.js';
import { erasureReceived, type ErasureEvent } from '../domain/events.js';
import type { PrivacyPorts, Requests } from './ports.js';

// The part of an erasure in a process without the accounts.

/**
 * How long a person is held, in milliseconds: an erasure has its accounts closed within that time, or does not happen. Nothing ends a
 * hold sooner, so that an erasure whose process dies needs no cleaning up.
 */
export const HOLD_MS = 60_000;

/** The people of this process; see `src/platform/people/people.ts`. */
interface HeldPeople {
  hold(person: UserId, forMs: number): Promise<void>;
  erase(person: UserId, at: Date): Promise<void>;
}

/** What a transaction of an erasure that another process began works with. */
export interface RemoteErasurePorts {
  readonly people: HeldPeople;
  /** Of every context here. Each fails with a refusal of its own. */
  readonly requirements: readonly ((person: UserId) => Promise<void>)[];
  /** Of every context here. */
  readonly erasers: PrivacyPorts['erasers'];
  readonly requests: Requests;
  readonly events: Events<ErasureEvent>;
  readonly now: Now;
}

/** Keeps anything new from beginning for a person who is about to be erased. Fails with the refusals of the contexts. */
export const holdPerson =
  (person: UserId): Work<RemoteErasurePorts, void> =>
  async ({ people, requirements }) => {
    await people.hold(person, HOLD_MS);
    for (const require of requirements) await require(person);
  };

/** Erases a person whose account is closed: nothing refuses any more. */
export const eraseClosed =
  ({ id, person }: Pick<Erasure, 'id' | 'person'>): Work<RemoteErasurePorts, void> =>
  async ({ people, erasers, events, now }) => {
    await people.erase(person, now());
    for (const erase of erasers) await erase({ id, person, profileVersion: null });
    await events.append(erasureReceived({ id, person }, now()));
  };
