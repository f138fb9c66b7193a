import type { RouteInput } from '#src/platform/http/routes/route.js';
import type { HashingCaller } from '../../application/ports.js';

/** Returns the caller for whom a request has passwords hashed; its meter counts the hashes. */
export const hashingCaller = ({ client, meter }: Pick<RouteInput, 'client' | 'meter'>): HashingCaller => ({
  network: client.network,
  worked: () => {
    meter.add(1);
  },
});
