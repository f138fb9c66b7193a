import { isDomainError } from '#src/kernel/errors.js';
import type { Transact } from '#src/kernel/transact.js';
import { isReference, type StoredReply } from '../../idempotency/stored-reply.js';
import {
  failIdempotency,
  type IdempotencyKey,
  type WithIdempotency,
} from '../../idempotency/idempotency-store.js';
import type { Reply } from '../routes/reply.js';

/** Marks a replay of an earlier response to a request with the same key. */
export const REPLAYED_HEADER = 'Idempotent-Replayed';

/** Maximum number of attempts to learn the outcome of a COMMIT whose reply was lost. */
const MAX_SETTLEMENTS = 3;

/** The keys of requests that this process is handling. */
const running = new Set<string>();

const isOutcomeUnknown = (error: unknown): boolean =>
  isDomainError(error) && error.code === 'outcome_unknown';

const isUnavailable = (error: unknown): boolean => isDomainError(error) && error.kind === 'unavailable';

/**
 * How a reply of immutable facts is stored: by their id, from which the result is read again. The reply must render as it did
 * then, whatever has changed since.
 */
export interface Recall<Ports, Result> {
  /** Makes the id of what the command is about to create. */
  readonly newReference: () => string;
  readonly again: (ports: Ports, reference: string) => Promise<Result>;
}

/** What a request that carries an Idempotency-Key adds to its command. */
export interface UnderKey<Ports> {
  /** The same transactions, run again if the reply to a COMMIT was lost: the key's record shows whether it happened. */
  readonly transact: Transact<Ports>;
  /** Claims the key as the first statement of a transaction, or returns the reply to an earlier request with the same key. */
  begin(ports: Ports, reference: string): Promise<Reply | null>;
  /** Stores the reply unless it is a reference, which the claim has stored; an error rolls the claim back. */
  finish(ports: Ports, reply: Reply, about: string | null): Promise<void>;
}

interface Rendering<Ports, Result> {
  readonly reply: (result: Result) => Reply;
  /** If absent, the reply itself is stored. */
  readonly recall?: Recall<Ports, Result> | undefined;
}

/**
 * Runs `work`, which makes the reply, exactly once under the key. Fails with `request_in_progress` while another request with it
 * runs.
 */
export const runIdempotent = async <Ports extends WithIdempotency, Result>(
  transact: Transact<Ports>,
  key: IdempotencyKey,
  { reply: render, recall }: Rendering<Ports, Result>,
  work: (underKey: UnderKey<Ports>) => Promise<Reply>,
): Promise<Reply> => {
  let mayBeClaimed = false;
  let settlements = 0;

  const restored = async (ports: Ports, kept: StoredReply): Promise<Reply> => {
    if (!isReference(kept)) return kept;
    if (recall === undefined)
      throw new Error('an answer is kept by a reference that this call has no use for');
    return render(await recall.again(ports, kept.reference));
  };

  const begin = async (ports: Ports, reference: string): Promise<Reply | null> => {
    // Searched only if the claim has failed, or an attempt may have been committed: most keys are new.
    const found = mayBeClaimed ? await ports.idempotency.find(key) : null;
    if (found !== null) {
      const { headers, ...earlier } = await restored(ports, found);
      // Its own reply, found after the reply to its COMMIT was lost, is no replay.
      return {
        ...earlier,
        headers: settlements > 0 ? { ...headers } : { ...headers, [REPLAYED_HEADER]: 'true' },
      };
    }
    mayBeClaimed = true;
    await ports.idempotency.claim(key, recall && { reference });
    return null;
  };

  const settled: Transact<Ports> = async (inside) => {
    let unknown: unknown;
    for (;;) {
      try {
        return await transact(inside);
      } catch (error) {
        if (!isOutcomeUnknown(error) || settlements >= MAX_SETTLEMENTS)
          // While the database is unavailable, the commit may have happened, whatever error the check has met.
          throw unknown !== undefined && isUnavailable(error) ? unknown : error;
        unknown = error;
        settlements += 1;
      }
    }
  };

  if (running.has(key.id)) throw failIdempotency('request_in_progress');
  running.add(key.id);
  try {
    return await work({
      transact: settled,
      begin,
      finish: async ({ idempotency }, { headers = {}, ...reply }, about) => {
        if (recall === undefined) await idempotency.complete(key, { ...reply, headers }, about);
      },
    });
  } finally {
    running.delete(key.id);
  }
};
