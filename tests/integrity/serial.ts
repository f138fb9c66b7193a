/** One of several requests that were sent at once, by what it does in a model of the shop when nobody is in its way. */
export interface Step<State> {
  /** The state afterwards, or null when the answer that was received is none that it could have given in this state. */
  readonly then: (state: State) => State | null;
}

/**
 * Whether the requests, one after the other in some order, would have given the answers that were received and left what
 * was found afterwards. When no order does, somebody was told or charged what never was.
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
