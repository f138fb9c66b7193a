import { KnownPlace } from '#src/contexts/accounts/domain/known-place.js';
import { REFRESH_GRACE_MS } from '#src/contexts/accounts/domain/session.js';
import { KEPT_FOR_MS } from '#src/platform/idempotency/replies.js';
import { expireOrders } from '#src/contexts/ordering/application/expire-orders.js';
import type { Container } from './container.js';
import { TOKEN } from './tokens.js';

const PURGE_EVERY_MS = 10 * 60 * 1000;
/** The pause between two looks for overdue orders: with the look itself well below the half minute that is promised. */
export const EXPIRE_EVERY_MS = 20 * 1000;
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

/** Removes places from which their users have not come for so long that they are known no more. */
export const purgeKnownPlaces = async (container: Container): Promise<void> => {
  const { transact } = container.resolve(TOKEN.persistence);
  const before = KnownPlace.forgottenBefore(container.resolve(TOKEN.now)());
  await inBatches(() => transact(({ knownPlaces }) => knownPlaces.purge(before, BATCH)));
};

const PURGES = {
  'idempotency keys': purgeReplies,
  'rate counts': purgeRateCounts,
  sessions: purgeSessions,
  'mail tokens': purgeMailTokens,
  'known places': purgeKnownPlaces,
};

/** Cancels the orders that nobody has confirmed in time, until `isStopping`. */
export const expirePendingOrders = async (container: Container, isStopping: () => boolean): Promise<void> => {
  const { ttl } = container.resolve(TOKEN.config).pendingOrders;
  if (ttl === 0) return;
  const expire = expireOrders({
    transact: container.resolve(TOKEN.orderingTransact),
    orders: container.resolve(TOKEN.queries).ordering.orders,
    now: container.resolve(TOKEN.now),
    ttl,
    onFailure: (orderId, err) => {
      container.resolve(TOKEN.logger).error({ err, orderId }, 'could not cancel an overdue order');
    },
  });
  await expire(isStopping);
};

export interface Housekeeping {
  /** Starts nothing more and resolves when the work under way has ended. */
  stop(): Promise<void>;
}

type Chore = (isStopping: () => boolean) => Promise<void>;

/** Runs a chore now and again after each pause, never twice at the same time. The chore does not reject. */
const repeat = (chore: Chore, pauseMs: number): Housekeeping => {
  let timer: NodeJS.Timeout | undefined;
  let isStopping = false;
  const run = async (): Promise<void> => {
    await chore(() => isStopping);
    if (isStopping) return;
    timer = setTimeout(() => {
      underWay = run();
    }, pauseMs);
    timer.unref();
  };
  let underWay = run();
  return {
    stop: () => {
      isStopping = true;
      clearTimeout(timer);
      return underWay;
    },
  };
};

/** Purges and cancels overdue orders now and from time to time. A failure is logged, and the next run tries again. */
export const startHousekeeping = (
  container: Container,
  { expireEveryMs = EXPIRE_EVERY_MS }: { readonly expireEveryMs?: number } = {},
): Housekeeping => {
  const warn = (what: string) => (err: unknown) => {
    container.resolve(TOKEN.logger).warn({ err }, what);
  };
  const purge: Chore = async () => {
    for (const [what, purgeOne] of Object.entries(PURGES))
      await purgeOne(container).catch(warn(`could not purge ${what}`));
  };
  const expire: Chore = (isStopping) =>
    expirePendingOrders(container, isStopping).catch(warn('could not cancel overdue orders'));
  const chores = [repeat(purge, PURGE_EVERY_MS), repeat(expire, expireEveryMs)];
  return {
    stop: async () => {
      await Promise.all(chores.map((chore) => chore.stop()));
    },
  };
};
