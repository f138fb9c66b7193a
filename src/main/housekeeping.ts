import { REFRESH_GRACE_MS } from '../contexts/accounts/domain/session.js';
import { KEPT_FOR_MS } from '../platform/idempotency/replies.js';
import type { Container } from './container.js';
import { TOKEN } from './tokens.js';

const EVERY_MS = 10 * 60 * 1000;
/** Small enough that no transaction holds many rows, or the one writer of SQLite, for long. */
const BATCH = 500;

const inBatches = async (purge: () => Promise<number>): Promise<void> => {
  let purged: number;
  do purged = await purge();
  while (purged === BATCH);
};

/** Removes the answers kept for Idempotency-Keys whose time is over. */
export const purgeReplies = async (container: Container): Promise<void> => {
  const { transact } = container.resolve(TOKEN.persistence);
  const before = new Date(container.resolve(TOKEN.now)().getTime() - KEPT_FOR_MS);
  await inBatches(() => transact(({ replies }) => replies.purge(before, BATCH)));
};

/** Removes the counts of requests whose windows have ended. */
export const purgeRateCounts = async (container: Container): Promise<void> => {
  const { transact } = container.resolve(TOKEN.persistence);
  const before = container.resolve(TOKEN.now)();
  await inBatches(() => transact(({ rateCounts }) => rateCounts.purge(before, BATCH)));
};

/**
 * A session that is over can matter no more, since one that is not there is refused alike. It stays for a day: processes
 * need not agree on what time it is.
 */
const SESSION_KEPT_FOR_MS = 24 * 60 * 60 * 1000;

/** A refresh is shown some time after its grace period; until then a session keeps what was shown before. */
const REFRESH_KEPT_FOR_MS = 2 * REFRESH_GRACE_MS;

/** Removes sessions that are over with all their tokens, and what the others keep of a refresh. */
export const purgeSessions = async (container: Container): Promise<void> => {
  const { transact } = container.resolve(TOKEN.persistence);
  const at = container.resolve(TOKEN.now)();
  const before = new Date(at.getTime() - SESSION_KEPT_FOR_MS);
  const refreshed = new Date(at.getTime() - REFRESH_KEPT_FOR_MS);
  while ((await transact(({ sessions }) => sessions.forgetRefreshes(refreshed, BATCH))) > 0);
  while ((await transact(({ sessions }) => sessions.purge(before, BATCH))) > 0);
};

/** Like a session, a token that has expired can matter no more and stays for a day. */
const MAIL_TOKEN_KEPT_FOR_MS = 24 * 60 * 60 * 1000;

/** Removes tokens of mails that nobody has used in time. */
export const purgeMailTokens = async (container: Container): Promise<void> => {
  const { transact } = container.resolve(TOKEN.persistence);
  const before = new Date(container.resolve(TOKEN.now)().getTime() - MAIL_TOKEN_KEPT_FOR_MS);
  await inBatches(() => transact(({ mailTokens }) => mailTokens.purge(before, BATCH)));
};

const PURGES = {
  'idempotency keys': purgeReplies,
  'rate counts': purgeRateCounts,
  sessions: purgeSessions,
  'mail tokens': purgeMailTokens,
};

export interface Housekeeping {
  /** Lets what is under way come to its end. */
  stop(): Promise<void>;
}

/** Tidies up now and from time to time. A failure is logged: the next time will do. */
export const startHousekeeping = (container: Container): Housekeeping => {
  const tidy = async (): Promise<void> => {
    for (const [what, purge] of Object.entries(PURGES))
      await purge(container).catch((err: unknown) => {
        container.resolve(TOKEN.logger).warn({ err }, `could not purge ${what}`);
      });
  };
  let underWay = tidy();
  const timer = setInterval(() => {
    underWay = underWay.then(tidy);
  }, EVERY_MS);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
      return underWay;
    },
  };
};
