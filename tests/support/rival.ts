import { gate, outcomeOf } from './contract-tools.js';

/** Work that begins while a transaction is half-way through, on a connection of its own. */
export interface Rival {
  /**
   * Called inside the transaction: lets the rival begin and gives it time, for as long as it does not end, by looking
   * again and again at something. A rival that has to wait for the transaction can not end, however often it looks.
   */
  meet(look: () => Promise<unknown>): Promise<void>;
  hasEnded(): boolean;
  /** How it ended: `done` or the code of its refusal. */
  readonly outcome: Promise<string>;
}

const LOOKS = 50;

/** Made outside the transaction: what is begun inside one counts as a part of it. */
export const rivalOf = (work: () => Promise<unknown>): Rival => {
  const { opened, open } = gate();
  let hasEnded = false;
  const outcome = opened
    .then(() => outcomeOf(work()))
    .finally(() => {
      hasEnded = true;
    });
  return {
    meet: async (look) => {
      open();
      for (let looks = 0; looks < LOOKS && !hasEnded; looks += 1) await look();
    },
    hasEnded: () => hasEnded,
    outcome,
  };
};
