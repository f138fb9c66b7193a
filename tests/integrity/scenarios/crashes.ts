import type { GaleraCluster } from '../../support/galera.js';
import type { RunningServer } from '../../support/throwaway-server.js';
import type { Ordeal } from '../ordeal.js';

/** SIGKILL ends one of the servers, and another process takes its place. */
export const killedServer: Ordeal = {
  name: 'Crashes: kill -9 of the server',
  refusals: ['cart_empty'],
  strike: async (shop, random) => {
    const victim = random.integer(0, shop.servers.length - 1);
    await shop.kill(victim);
    return () => shop.restart(victim);
  },
};

/** SIGKILL ends the database server and all of its processes, and it starts again on its own data. */
export const killedDatabase = (server: RunningServer): Ordeal => ({
  name: 'Crashes: kill -9 of the database server',
  refusals: ['outcome_unknown', 'database_unavailable', 'cart_empty'],
  strike: async () => {
    await server.signal('KILL');
    return () => server.start();
  },
});

/** SIGKILL ends a node of a cluster; it starts again on its own data and catches up with the others. */
export const killedNode = ({ nodes }: Pick<GaleraCluster, 'nodes'>): Ordeal => ({
  name: 'Crashes: kill -9 of a node of the cluster',
  // `busy`: commits stall until the others have given the node up, and a transaction that waits for one may do so for too long.
  refusals: ['outcome_unknown', 'database_unavailable', 'busy', 'cart_empty'],
  hidden: true,
  strike: async (_shop, random) => {
    const victim = random.pick(nodes);
    await victim.signal('KILL');
    return () => victim.start();
  },
});

/** A node is stopped in good order, as for an upgrade, and started again. */
export const restartedNode = ({ nodes }: Pick<GaleraCluster, 'nodes'>): Ordeal => ({
  ...killedNode({ nodes }),
  name: 'Restarts: a node of the cluster, in good order',
  strike: (_shop, random) => {
    const victim = random.pick(nodes);
    const stopped = victim.signal('TERM');
    return Promise.resolve(async () => {
      await stopped;
      await victim.start();
    });
  },
});
