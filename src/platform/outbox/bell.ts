/** Wakes one who waits. Rung while nobody waits, it is heard by whoever waits next. */
export interface Bell {
  ring(): void;
  /** Resolves when the bell rings, or after that time. */
  heard(withinMs: number): Promise<void>;
}

export const bell = (): Bell => {
  let rung = false;
  let wake = (): void => undefined;
  return {
    ring: () => {
      rung = true;
      wake();
    },
    heard: async (withinMs) => {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, withinMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      rung = false;
    },
  };
};
