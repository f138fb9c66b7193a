import { isDomainError } from '../../kernel/errors.js';
import type { Transact } from '../../kernel/transact.js';
import { isReference, type Kept, type KeptReply } from '../idempotency/kept.js';
import { failReplay, type RequestKey, type WithReplies } from '../idempotency/replies.js';
import type { Reply } from './reply.js';

/** Says that an answer was given before, to a request with the same key. */
export const REPLAYED_HEADER = 'Idempotent-Replayed';

/** How often a COMMIT whose answer was lost is looked into before the caller has to. */
const MAX_SETTLEMENTS = 3;

/** Thrown to leave the transaction and the use case when the answer is known already; never gets any further. */
const REPLAYED = new Error('the answer is known already');

/** The keys of requests that this process is working on. */
const running = new Set<string>();

const isOutcomeUnknown = (error: unknown): boolean =>
  isDomainError(error) && error.code === 'outcome_unknown';

const isUnavailable = (error: unknown): boolean => isDomainError(error) && error.kind === 'unavailable';

const toReply = ({ headers = {}, ...reply }: Reply): KeptReply => ({ ...reply, headers });

/**
 * How an answer is kept that is made of facts which never change: by their id, from which the result is read again. It has
 * to be rendered as it was then, whatever has become of it since.
 */
export interface Recall<Ports, Result> {
  readonly reference: (result: Result) => string;
  readonly again: (ports: Ports, reference: string) => Promise<Result>;
}

interface Rendering<Ports, Result> {
  readonly render: (result: Result) => Reply;
  /** Absent: the answer itself is kept. */
  readonly recall?: Recall<Ports, Result> | undefined;
  /** The id of what the answer is about, when it may be somebody else than the caller. */
  readonly about?: (result: Result) => string | null;
}

/**
 * Runs a command under an Idempotency-Key: its answer commits with what it has done, and a request with the same key gets
 * that answer again. The command is given a `transact` that claims the key first and keeps the answer last; a refusal
 * rolls both back. Since the record tells whether it has happened, a COMMIT whose answer was lost can be settled here.
 */
export const exactlyOnce =
  <Ports extends WithReplies, Result>(
    transact: Transact<Ports>,
    key: RequestKey,
    { render, recall, about = () => null }: Rendering<Ports, Result>,
  ) =>
  async (command: (transact: Transact<Ports>) => Promise<Result>): Promise<Reply> => {
    if (running.has(key.id)) throw failReplay('request_in_progress');
    running.add(key.id);
    const earlier: { reply?: KeptReply } = {};
    let claimedBefore = false;
    let settlements = 0;

    const restored = async (ports: Ports, kept: Kept): Promise<KeptReply> => {
      if (!isReference(kept)) return kept;
      if (recall === undefined)
        throw new Error('an answer is kept by a reference that this call has no use for');
      return toReply(render(await recall.again(ports, kept.reference)));
    };

    const attempt: Transact<Ports> = (work) =>
      transact(async (ports) => {
        // Looked for only when the claim has failed, or an attempt may have been committed: most keys are new.
        const found = claimedBefore ? await ports.replies.find(key) : null;
        if (found !== null) {
          earlier.reply = await restored(ports, found);
          throw REPLAYED;
        }
        claimedBefore = true;
        await ports.replies.claim(key);
        const result = await work(ports);
        // A command returns what its transaction returned.
        const told = result as unknown as Result;
        const kept = recall === undefined ? toReply(render(told)) : { reference: recall.reference(told) };
        await ports.replies.keep(key, kept, about(told));
        return result;
      });

    const settled: Transact<Ports> = async (work) => {
      let unknown: unknown;
      for (;;) {
        try {
          return await attempt(work);
        } catch (error) {
          if (!isOutcomeUnknown(error) || settlements >= MAX_SETTLEMENTS)
            // As long as nobody can look, it may have happened, whatever the looking has met.
            throw unknown !== undefined && isUnavailable(error) ? unknown : error;
          unknown = error;
          settlements += 1;
        }
      }
    };

    try {
      return render(await command(settled));
    } catch (error) {
      if (error !== REPLAYED || !earlier.reply) throw error;
      const { headers, ...reply } = earlier.reply;
      // Its own answer, found after its COMMIT was lost, is no replay.
      return { ...reply, headers: settlements > 0 ? headers : { ...headers, [REPLAYED_HEADER]: 'true' } };
    } finally {
      running.delete(key.id);
    }
  };
