import type { RateCounters } from '../../limits/rate-counter.js';
import { drawsOfName, keyUnder, secretDrawAnywhere, secretDrawHere } from './limit-draws.js';
import type { Limit } from '../routes/route.js';

/** An account with all of its names. */
interface WholeAccount {
  readonly names: readonly string[];
  readonly identity: string;
}

/** Clears what a limit has counted of one account: from all networks together, and from one network. */
export type LiftLimit = (limit: Limit, account: WholeAccount, network: string) => Promise<void>;

export const liftLimit = ({ secret, tight }: Pick<RateCounters, 'secret' | 'tight'>): LiftLimit => {
  const keyOf = keyUnder(secret);
  return async (limit, { names, identity }, network) => {
    const account = { name: '', identity };
    const draws = [
      ...names.flatMap((name) => drawsOfName(limit, { name }, network)),
      secretDrawHere(limit, account, network),
      secretDrawAnywhere(limit, account, false),
    ];
    for (const draw of draws)
      if (draw !== null) await tight.clear(draw.quota, keyOf(draw.quota, draw.caller));
  };
};
