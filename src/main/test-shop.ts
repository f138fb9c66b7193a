import { generateSigningKey } from '#src/contexts/accounts/module.js';
import type { Mail, Mailer } from '#src/platform/mail/mailer.js';
import { readConfig } from './config/index.js';
import type { Overrides } from './container.js';
import { createShop, type Shop } from './shop.js';

export interface TestShop extends Shop {
  /** URL at which it listens: a free port of this machine. */
  readonly url: string;
  /** URL of the operators' paths, if they have a port of their own. */
  readonly operationsUrl: string | null;
  readonly administrator: { readonly email: string; readonly password: string };
  /** The mails that it has sent so far. */
  readonly mails: readonly Mail[];
}

const ADMINISTRATOR = { email: 'admin@shop.test', password: 'correct horse battery staple' };

/** Shared by all test shops: the security of a token does not matter here, and generating a key takes a while. */
let key: string | undefined;

/**
 * Starts a shop for tests: in memory unless `environment` names a database, with cheap password hashes, an administrator, no rate
 * limits, mails that go nowhere and no log, listening on a free port. `close` it at the end.
 */
export const testShop = async (
  overrides: Overrides = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<TestShop> => {
  key ??= generateSigningKey();
  const config = readConfig({
    DATABASE_URL: 'memory:',
    HOST: '127.0.0.1',
    PORT: '0',
    JWT_PRIVATE_KEY: key,
    BCRYPT_COST: '4',
    ADMIN_EMAIL: ADMINISTRATOR.email,
    ADMIN_PASSWORD: ADMINISTRATOR.password,
    DEMO_DATA: 'false',
    RATE_LIMITS: 'off',
    PENDING_ORDERS_MAX: '0',
    LOG_LEVEL: 'silent',
    ...environment,
  });
  const mails: Mail[] = [];
  const mailer: Mailer = {
    send: (mail) => {
      mails.push(mail);
      return Promise.resolve('sent');
    },
  };
  const shop = createShop(config, { mailer: () => mailer, ...overrides });
  await shop.prepare();
  const { url, operationsUrl } = await shop.listen();
  return { ...shop, url, operationsUrl, administrator: ADMINISTRATOR, mails };
};
