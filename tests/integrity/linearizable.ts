import { actAmongOthers, textOf, type Action, type ModelShop } from './shop-model.js';

/** What a client did, how it ended, and when it began and ended by a clock that ticks at each of these moments. */
export interface Done {
  readonly action: Action;
  readonly outcome: string;
  readonly began: number;
  readonly ended: number;
}

/**
 * Whether one after the other, in some order, the actions would have ended as they did and left the shop as it is. What
 * was over before something else began comes before it (Herlihy and Wing, "Linearizability", 1990).
 */
export const isLinearizable = (start: ModelShop, done: readonly Done[], end: ModelShop): boolean => {
  const wanted = textOf(end);
  const deadEnds = new Set<string>();
  const search = (shop: ModelShop, left: readonly Done[]): boolean => {
    const state = textOf(shop);
    if (left.length === 0) return state === wanted;
    const situation = `${left.map(({ began }) => began).join()} ${state}`;
    if (deadEnds.has(situation)) return false;
    const found = left
      .filter(({ began }) => left.every(({ ended }) => began < ended))
      .some((next) => {
        const rest = left.filter((other) => other !== next);
        return actAmongOthers(shop, next.action).some(
          ({ outcome, shop: after }) => outcome === next.outcome && search(after, rest),
        );
      });
    if (!found) deadEnds.add(situation);
    return found;
  };
  return search(start, done);
};
