/** One of several requests that were sent at once, by what it does in a model of the shop when it runs alone. */
export interface Step<State> {
  /** Returns the state afterwards, or null if the received response is impossible in this state. */
  readonly then: (state: State) => State | null;
}

/**
 * Returns whether the requests, one after the other in some order, would have received these responses and left what was found
 * afterwards. If no order does, a client was told or charged something false.
 */
export const isSerial = <State>(
  steps: readonly Step<State>[],
  start: State,
  isFound: (state: State) => boolean,
): boolean => {
  if (steps.length === 0) return isFound(start);
  return steps.some((step, index) => {
    const next = step.then(start);
    return next !== null && isSerial(steps.toSpliced(index, 1), next, isFound);
  });
};
