import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../config/index.js';
import { createShop, type Shop } from '../shop.js';
import { BACKEND_NAMES, type BackendName } from '../services.js';
import type { OpenPlace } from '../persistence/moves/places.js';
import { unfinishedIn } from '../persistence/moves/unfinished.js';

const POLL_MS = 200;
/** Longer than the longest pause between two attempts of a delivery. */
const PATIENCE_MS = 7 * 60_000;

type Variables = Readonly<Record<string, string | undefined>>;

/** Variables of services that nothing but each other can reach. */
const variablesOf = (
  { service, url }: OpenPlace,
  shared: { readonly variables: Variables; readonly secret: string },
): Variables => ({
  ...shared.variables,
  SERVICE: service ?? '',
  SERVICES_SECRET: shared.secret,
  DATABASE_URL: url,
  HOST: '127.0.0.1',
  PORT: '0',
  OPERATIONS_PORT: '',
  WORKERS: '1',
  DEMO_DATA: 'false',
  LOG_LEVEL: 'warn',
  MAX_EVENT_LOOP_DELAY_MS: '0', // they share one
});

/** Starts the services in this process, without a gateway: they do what they have to do with each other, and nothing new begins. */
const start = async (
  places: readonly OpenPlace[],
  variables: Variables,
): Promise<{ readonly close: () => Promise<void> }> => {
  const secret = randomBytes(32).toString('hex');
  /** Filled as they begin to listen: they look each other up when they first need to. */
  const urls: Record<BackendName, string> = { user: '', customer: '', product: '', transaction: '' };
  const shops = new Map<BackendName, Shop>();
  const close = async (): Promise<void> => {
    await Promise.all([...shops.values()].map((shop) => shop.close()));
  };
  try {
    for (const place of places) {
      const { service, ...config } = readConfig(variablesOf(place, { variables, secret }));
      if (service === null || service.name === 'gateway') throw new Error('only services are drained');
      shops.set(
        service.name,
        createShop(
          // The password of a generated administrator would never be shown.
          { ...config, administrator: null, generatesAdministrator: false, service: { ...service, urls } },
          // The database is marked as being moved, which is why no other process starts on it.
          { persistence: (open) => ({ ...open(), prepare: () => Promise.resolve({ isNew: false }) }) },
        ),
      );
    }
    for (const name of BACKEND_NAMES) urls[name] = (await shops.get(name)?.listen())?.url ?? '';
    for (const shop of shops.values()) await shop.prepare();
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
};

/**
 * Waits until the services have nothing to do with each other any more, which the databases of `places` show: every event between them
 * is received, no order is being placed, and no reservation is open. Throws if an operator has to decide first.
 */
export const drain = async (places: readonly OpenPlace[], variables: Variables): Promise<void> => {
  const unfinished = async () => {
    const found = await Promise.all(places.map(unfinishedIn));
    const stuck = found.flatMap((each) => each.stuck);
    if (stuck.length > 0)
      throw new Error(
        `${stuck.join(', ')} wait for an operator: start the services, and see "outbox list" and "outbox requeue"`,
      );
    return found.flatMap((each) => each.waiting);
  };
  if ((await unfinished()).length === 0) return;
  const services = await start(places, variables);
  try {
    const deadline = performance.now() + PATIENCE_MS;
    for (let waiting = await unfinished(); waiting.length > 0; waiting = await unfinished()) {
      if (performance.now() >= deadline)
        throw new Error(`the services have not finished what they have begun: ${waiting.join(', ')}`);
      await sleep(POLL_MS);
    }
  } finally {
    await services.close();
  }
};
