import type { ContextName } from './contexts.js';

interface Service {
  /** The contexts that the service holds. */
  readonly contexts: readonly ContextName[];
  readonly port: number;
}

/**
 * The processes of a shop that runs as services, with their contexts and default ports. The gateway is the only one that clients
 * reach; it holds no context and has no database. Each context belongs to one service.
 */
export const SERVICES = {
  user: { contexts: ['audit', 'accounts', 'privacy', 'webhooks'], port: 3001 },
  customer: { contexts: ['customers'], port: 3002 },
  product: { contexts: ['catalog'], port: 3003 },
  transaction: { contexts: ['cart', 'ordering'], port: 3004 },
  gateway: { contexts: [], port: 3000 },
} as const satisfies Readonly<Record<string, Service>>;

export type ServiceName = keyof typeof SERVICES;
/** A service that holds contexts. */
export type BackendName = Exclude<ServiceName, 'gateway'>;

export const SERVICE_NAMES = Object.keys(SERVICES) as readonly ServiceName[];
export const BACKEND_NAMES = SERVICE_NAMES.filter((name): name is BackendName => name !== 'gateway');

/** Returns the contexts of a service. */
export const contextsOf = (service: ServiceName): readonly ContextName[] => SERVICES[service].contexts;

/** Returns the service that holds a context. */
export const serviceOf = (context: ContextName): BackendName => {
  const found = BACKEND_NAMES.find((name) => contextsOf(name).includes(context));
  if (found === undefined) throw new Error(`no service holds the context ${context}`);
  return found;
};

/** Returns the default URL at which the other services reach a service. */
export const defaultUrlOf = (service: BackendName): string =>
  `http://127.0.0.1:${String(SERVICES[service].port)}`;

/** Returns whether a URL is one of this machine only. */
export const isOnThisMachine = (url: string): boolean =>
  /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(new URL(url).hostname);

/** Default of DATA_DIR. */
export const DATA_DIR = './data/services';

/** Returns the default URL of a service's database, or of the whole shop's (null). */
export const defaultDatabaseUrl = (service: ServiceName | null, dataDir: string): string => {
  if (service === null) return 'sqlite:./data/portico.db';
  return service === 'gateway' ? 'memory:' : `sqlite:${dataDir}/${service}.db`;
};
