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

/** The administrator of every test shop. */
export const ADMINISTRATOR = { email: 'admin@shop.test', password: 'correct horse battery staple' };

/** Shared by all test shops: the security of a token does not matter here, and generating a key takes a while. */
let key: string | undefined;

/** Returns the variables of a shop for tests: in memory, with cheap password hashes, an administrator, no rate limits and no log. */
export const testVariables = () => ({
  DATABASE_URL: 'memory:',
  HOST: '127.0.0.1',
  PORT: '0',
  JWT_PRIVATE_KEY: (key ??= generateSigningKey()),
  BCRYPT_COST: '4',
  ADMIN_EMAIL: ADMINISTRATOR.email,
  ADMIN_PASSWORD: ADMINISTRATOR.password,
  DEMO_DATA: 'false',
  RATE_LIMITS: 'off',
  PENDING_ORDERS_MAX: '0',
  LOG_LEVEL: 'silent',
});

/** Returns a mailer whose mails go nowhere, and the mails that it has sent so far. */
export const recordingMailer = (): { readonly mailer: Mailer; readonly mails: readonly Mail[] } => {
  const mails: Mail[] = [];
  const send: Mailer['send'] = (mail) => {
    mails.push(mail);
    return Promise.resolve('sent');
  };
  return { mailer: { send }, mails };
};

/**
 * Starts a shop for tests: in memory unless `environment` names a database, with cheap password hashes, an administrator, no rate
 * limits, mails that go nowhere and no log, listening on a free port. `close` it at the end.
 */
export const testShop = async (
  overrides: Overrides = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<TestShop> => {
  const config = readConfig({ ...testVariables(), ...environment });
  const { mailer, mails } = recordingMailer();
  const shop = createShop(config, { mailer: () => mailer, ...overrides });
  await shop.prepare();
  const { url, operationsUrl } = await shop.listen();
  return { ...shop, url, operationsUrl, administrator: ADMINISTRATOR, mails };
};
