import { parseDatabaseUrl } from '#src/platform/database/database-url.js';
import { keyOf, string, type ValuesOf } from '#src/platform/schema/schema.js';
import {
  BACKEND_NAMES,
  DATA_DIR,
  defaultDatabaseUrl,
  defaultUrlOf,
  isOnThisMachine,
  SERVICES,
  type BackendName,
  type ServiceName,
} from '../services.js';
import type { DatabaseConfig } from './database.js';
import { faultOf, parsed, variable, type Complain, type Variable } from './variable.js';

const origin = parsed((text: string): string => {
  const { protocol, username, password, pathname, search, hash, origin: found } = new URL(text);
  if (!['http:', 'https:'].includes(protocol) || `${username}${password}${search}${hash}` !== '')
    throw new Error('no origin');
  if (pathname !== '/') throw new Error('no origin');
  return found;
});

/** Fewer come from a value that was typed, such as a word that is repeated. */
const DIFFERENT_CHARACTERS = 8;

const secret = string({ min: 32 }).convert(
  (text) => (new Set(text).size < DIFFERENT_CHARACTERS ? null : text),
  'must be random',
);

const urlVariable = (service: BackendName) =>
  variable(origin.default(defaultUrlOf(service)), {
    right: `an http or https URL without path, such as http://${service}.internal:${String(SERVICES[service].port)}`,
    purpose: `URL at which the other services reach the ${service} service.`,
  });

const databaseVariable = (service: BackendName) =>
  variable(string().optional(), {
    right: 'the URL of a database that outlasts a process, like DATABASE_URL',
    purpose: `URL of the ${service} service's database, for \`npm run admin -- services split\` and \`merge\` only. A secret.`,
    unset: `\`${service}.db\` in DATA_DIR`,
  });

/** Variables about a shop that runs as services. */
export const serviceVariables = {
  SERVICE: variable(keyOf(SERVICES).optional(), {
    right: 'user, customer, product, transaction or gateway',
    purpose: 'The service of the shop that this process is, if the shop runs as services.',
    unset: 'none: the process is the whole shop',
  }),
  USER_URL: urlVariable('user'),
  CUSTOMER_URL: urlVariable('customer'),
  PRODUCT_URL: urlVariable('product'),
  TRANSACTION_URL: urlVariable('transaction'),
  SERVICES_SECRET: variable(secret.optional(), {
    right:
      'at least 32 random characters, such as `openssl rand -hex 32` prints, and the same for all services',
    purpose:
      'Secret by which the services of a shop recognise each other. Required with SERVICE, unless the database is ' +
      'embedded and all services are on this machine. A secret.',
    unset: 'one that the first start generates and stores in DATA_DIR',
  }),
  DATA_DIR: variable(string().default(DATA_DIR), {
    right: 'the path of a folder',
    purpose:
      'Folder in which services store their embedded databases, and the secret that they share, if they generate it.',
  }),
  USER_DATABASE_URL: databaseVariable('user'),
  CUSTOMER_DATABASE_URL: databaseVariable('customer'),
  PRODUCT_DATABASE_URL: databaseVariable('product'),
  TRANSACTION_DATABASE_URL: databaseVariable('transaction'),
} satisfies Readonly<Record<string, Variable>>;

type Values = ValuesOf<typeof serviceVariables>;

export interface ServiceConfig {
  readonly name: ServiceName;
  /** The origin of each service that holds contexts. */
  readonly urls: Readonly<Record<BackendName, string>>;
  /** Null for one that the services of this machine generate and share: see `serviceSecret`. */
  readonly secret: string | null;
  /** Folder of the generated secret. */
  readonly dataDir: string;
}

/** Reads the variables about services; returns null for a process that is the whole shop. */
export const serviceConfig = (
  { SERVICE: name, USER_URL, CUSTOMER_URL, PRODUCT_URL, TRANSACTION_URL, ...values }: Values,
  { embedded }: Pick<DatabaseConfig, 'embedded'>,
  complain: Complain<keyof Values>,
): ServiceConfig | null => {
  if (name === undefined) return null;
  const urls = { user: USER_URL, customer: CUSTOMER_URL, product: PRODUCT_URL, transaction: TRANSACTION_URL };
  const { SERVICES_SECRET: configured = null, DATA_DIR: dataDir } = values;
  const sharesFolder = embedded && BACKEND_NAMES.every((each) => isOnThisMachine(urls[each]));
  if (configured === null && !sharesFolder)
    complain(
      'SERVICES_SECRET',
      `is required unless the database is embedded and all services are on this machine: ${serviceVariables.SERVICES_SECRET.right}`,
    );
  return { name, urls, secret: configured, dataDir };
};

/** Reads the URLs of all services' databases, which only a process that moves a shop's data needs. */
export const serviceDatabases = (
  values: Values,
  complain: Complain<keyof Values>,
): Readonly<Record<BackendName, string>> => {
  const urlOf = (service: BackendName, variable: keyof Values & `${string}_DATABASE_URL`): string => {
    const url = values[variable] ?? defaultDatabaseUrl(service, values.DATA_DIR);
    const fault = faultOf(() => parseDatabaseUrl(url));
    if (fault !== null) complain(variable, fault);
    return url;
  };
  return {
    user: urlOf('user', 'USER_DATABASE_URL'),
    customer: urlOf('customer', 'CUSTOMER_DATABASE_URL'),
    product: urlOf('product', 'PRODUCT_DATABASE_URL'),
    transaction: urlOf('transaction', 'TRANSACTION_DATABASE_URL'),
  };
};
