import { CONNECTION_LIMITS } from '#src/platform/http/connections/connection-limits.js';
import { listen, type RunningServer } from '#src/platform/http/connections/server.js';
import { connectionsWithinOpenFiles } from './open-files.js';
import type { Parts } from './parts.js';

/** A listening shop. */
export interface Listeners extends RunningServer {
  /** URL of the operators' paths, if they have a port of their own. */
  readonly operationsUrl: string | null;
}

/** A probe that hangs must not delay the end of the process. */
const OPERATIONS_GRACE_MS = 1000;

/** Opens the port of the shop and, if configured, that of its operators; rejects with none open if one can't be opened. */
export const openListeners = async ({
  config: { host, port, operationsPort, trustProxy, rateLimits, keepAliveTimeout },
  http,
  logger,
  newId,
}: Pick<Parts, 'config' | 'http' | 'logger' | 'newId'>): Promise<Listeners> => {
  const common = { host, trustProxy, newId };
  const operations =
    http.operations === null || operationsPort === null
      ? null
      : await listen(http.operations, { ...common, port: operationsPort, graceMs: OPERATIONS_GRACE_MS });
  try {
    const server = await listen(http.koa, {
      ...common,
      port,
      guard: http.overload.guard,
      limits: {
        keepAliveTimeout: keepAliveTimeout * 1000,
        maxConnections: Math.min(CONNECTION_LIMITS.maxConnections, connectionsWithinOpenFiles()),
        ...(rateLimits === null && { maxPerNetwork: Infinity }),
      },
      onRefused: (network) => {
        logger.warn(
          { network },
          'a network has reached the maximum number of connections; if it is a proxy, name it in TRUST_PROXY',
        );
      },
    });
    return {
      ...server,
      operationsUrl: operations?.url ?? null,
      close: async (options) => {
        await server.close(options);
        await operations?.close(); // last: until then it reports that the shop is not ready
      },
    };
  } catch (error) {
    await operations?.close();
    throw error;
  }
};
