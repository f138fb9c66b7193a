/** An auto-reset event: it wakes one waiter, or the next one if there is none. */
export interface Signal {
  set(): void;
  /** Resolves when the signal is set, or after that time, and resets it. */
  wait(withinMs: number): Promise<void>;
}

export const signal = (): Signal => {
  let isSet = false;
  let wake = (): void => undefined;
  return {
    set: () => {
      isSet = true;
      wake();
    },
    wait: async (withinMs) => {
      if (!isSet) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, withinMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      isSet = false;
    },
  };
};
