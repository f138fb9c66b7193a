/**
 * Most requests that begin in one turn of the event loop. A turn reads from every connection that has something to be read, and
 * accepts one new connection. If it also did the work for all of them, new connections and probes would wait for all of it.
 */
export const PER_TURN = 32;

/**
 * Returns a function for a request that is about to begin: null if it may begin at once, else a promise that resolves in its turn.
 * Requests begin in the order of their calls.
 */
export const turns = (): (() => Promise<void> | null) => {
  const waiting: (() => void)[] = [];
  let begun = 0;
  let isAnnounced = false;
  const announce = (): void => {
    if (isAnnounced) return;
    isAnnounced = true;
    setImmediate(beginTurn);
  };
  const beginTurn = (): void => {
    isAnnounced = false;
    const next = waiting.splice(0, PER_TURN);
    begun = next.length;
    if (begun > 0) announce();
    for (const begin of next) begin();
  };
  return () => {
    announce();
    if (begun < PER_TURN && waiting.length === 0) {
      begun += 1;
      return null;
    }
    return new Promise((resolve) => waiting.push(resolve));
  };
};
