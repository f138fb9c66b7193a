import { readConfig } from '#src/main/config/index.js';
import type { Overrides } from '#src/main/container.js';
import {
  BACKEND_NAMES,
  contextsOf,
  SERVICE_NAMES,
  type BackendName,
  type ServiceName,
} from '#src/main/services.js';
import { createShop, type Shop } from '#src/main/shop.js';
import { ADMINISTRATOR, recordingMailer, testVariables, type TestShop } from '#src/main/test-shop.js';

const SECRET = 'a secret that only these tests have';

export interface TestServices extends TestShop {
  /** Each process by its name. */
  readonly services: Readonly<Record<ServiceName, Shop>>;
  /** Where the services behind the gateway listen. */
  readonly urls: Readonly<Record<BackendName, string>>;
}

export interface TestServicesOptions {
  /** Of all services, or of each by its name. */
  readonly overrides?: Overrides | ((name: ServiceName) => Overrides);
  readonly environment?: Readonly<Record<string, string>>;
  /** The database of each service; memory by default. */
  readonly databases?: Readonly<Record<BackendName, string>>;
  /** Returns the URL at which the other services reach one that listens at `url`; the same by default. */
  readonly reachedAt?: (name: BackendName, url: string) => Promise<string>;
}

/** Starts a shop as five services that listen on free ports of this machine, in this process; like `testShop` in all else. */
export const testServices = async ({
  overrides = {},
  environment = {},
  databases,
  reachedAt = (_name, url) => Promise.resolve(url),
}: TestServicesOptions = {}): Promise<TestServices> => {
  const { mailer, mails } = recordingMailer();
  /** Filled as the services begin to listen: they look each other up when they first need to. */
  const urls: Record<BackendName, string> = { user: '', customer: '', product: '', transaction: '' };
  const services = {} as Record<ServiceName, Shop>;
  for (const name of SERVICE_NAMES) {
    const config = readConfig({
      ...testVariables(),
      SERVICE: name,
      SERVICES_SECRET: SECRET,
      ...(name !== 'gateway' && databases !== undefined && { DATABASE_URL: databases[name] }),
      MAX_EVENT_LOOP_DELAY_MS: '0', // the five share one event loop here, as they never do elsewhere
      ...environment,
    });
    if (config.service === null) throw new Error(`${name} is a service`);
    const service = { ...config.service, urls };
    services[name] = createShop(
      { ...config, service },
      {
        mailer: () => mailer,
        ...(typeof overrides === 'function' ? overrides(name) : overrides),
      },
    );
  }
  for (const name of BACKEND_NAMES) urls[name] = await reachedAt(name, (await services[name].listen()).url);
  await Promise.all(SERVICE_NAMES.map((name) => services[name].prepare()));
  const { url, operationsUrl } = await services.gateway.listen();
  const contexts = Object.fromEntries(
    BACKEND_NAMES.flatMap((name) => {
      const { contexts: own } = services[name].parts;
      return contextsOf(name).map((context) => [context, own[context]] as const);
    }),
  );
  return {
    ...services.gateway,
    // The parts of the gateway, with each context, and what all of them export, as it is in the process that holds it.
    parts: Object.create(services.gateway.parts, {
      contexts: { value: contexts },
      exported: { get: () => services.user.parts.exported },
    }) as Shop['parts'],
    ...{ url, operationsUrl, services, urls, mails },
    administrator: ADMINISTRATOR,
    close: async (options) => {
      await services.gateway.close(options);
      await Promise.all(BACKEND_NAMES.map((name) => services[name].close(options)));
    },
  };
};
