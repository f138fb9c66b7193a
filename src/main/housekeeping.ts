import { KEPT_FOR_MS } from '../platform/idempotency/replies.js';
import type { Container } from './container.js';
import { TOKEN } from './tokens.js';

const EVERY_MS = 10 * 60 * 1000;
/** Small enough that no transaction holds many rows, or the one writer of SQLite, for long. */
const BATCH = 500;

/** Removes the answers kept for Idempotency-Keys whose time is over. */
export const purgeReplies = async (container: Container): Promise<void> => {
  const { transact } = container.resolve(TOKEN.persistence);
  const before = new Date(container.resolve(TOKEN.now)().getTime() - KEPT_FOR_MS);
  let purged: number;
  do purged = await transact(({ replies }) => replies.purge(before, BATCH));
  while (purged === BATCH);
};

export interface Housekeeping {
  /** Lets what is under way come to its end. */
  stop(): Promise<void>;
}

/** Tidies up now and from time to time. A failure is logged: the next time will do. */
export const startHousekeeping = (container: Container): Housekeeping => {
  const tidy = (): Promise<void> =>
    purgeReplies(container).catch((err: unknown) => {
      container.resolve(TOKEN.logger).warn({ err }, 'could not purge idempotency keys');
    });
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
