import leven, { closestMatch } from 'leven';
import { isValid, parameters, valueOf } from '#src/platform/schema/schema.js';
import { CONTEXT_NAMES, type ContextName } from '../contexts.js';
import { contextsOf, type BackendName } from '../services.js';
import { brokerConfig, brokerVariables, type BrokerConfig } from './broker.js';
import { callerConfig, callerVariables, type CallerConfig } from './callers.js';
import { databaseConfig, databaseVariables, type DatabaseConfig } from './database.js';
import { listeningConfig, listeningVariables, type ListeningConfig } from './listening.js';
import { mailConfig, mailVariables, type MailConfig } from './mail.js';
import { orderConfig, orderVariables, type OrderConfig } from './orders.js';
import { processConfig, processVariables, type ProcessConfig } from './process.js';
import { serviceConfig, serviceDatabases, serviceVariables, type ServiceConfig } from './services.js';
import { sessionConfig, sessionVariables, type SessionConfig } from './sessions.js';
import { shopConfig, shopVariables, type ShopConfig } from './shop.js';
import { webhookConfig, webhookVariables, type WebhookConfig } from './webhooks.js';
import type { Variable } from './variable.js';

export type { DatabaseConfig } from './database.js';
export type { MailConfig } from './mail.js';
export type { PendingOrderConfig } from './orders.js';
export type { RateLimitConfig } from './callers.js';
export type { ServiceConfig } from './services.js';

/** The validated configuration of a shop. */
export interface Config
  extends
    ListeningConfig,
    ShopConfig,
    SessionConfig,
    CallerConfig,
    OrderConfig,
    BrokerConfig,
    WebhookConfig,
    ProcessConfig {
  /** The service that the process is; null if it is the whole shop. */
  readonly service: ServiceConfig | null;
  /** The contexts that the process holds, and whose tables its database has. */
  readonly contexts: readonly ContextName[];
  readonly database: DatabaseConfig;
  /** The URLs of the services' databases, between which and `database` a shop's data can be moved. */
  readonly serviceDatabases: Readonly<Record<BackendName, string>>;
  readonly mail: MailConfig;
}

/** Every variable that the shop reads; it ignores all others. */
export const VARIABLES = {
  ...listeningVariables,
  ...databaseVariables,
  ...shopVariables,
  ...sessionVariables,
  ...callerVariables,
  ...mailVariables,
  ...brokerVariables,
  ...orderVariables,
  ...webhookVariables,
  ...processVariables,
  ...serviceVariables,
};

type Name = keyof typeof VARIABLES;

const isName = (name: string): name is Name => Object.hasOwn(VARIABLES, name);

/** Returns the number of typos up to which a name counts as this one misspelt; fewer for a short name. */
const typosIn = (name: string): number => (name.length < 8 ? 1 : 2);

/** Returns the names in an environment that are nearly a variable's, each with the likely variable. */
export const misspeltVariables = (
  env: Readonly<Record<string, unknown>>,
): readonly (readonly [string, Name])[] =>
  Object.keys(env)
    .filter((given) => !isName(given))
    .flatMap((given) => {
      const meant = closestMatch(given.toUpperCase(), Object.keys(VARIABLES), { maxDistance: 2 });
      const isNear =
        meant !== undefined && isName(meant) && leven(given.toUpperCase(), meant) <= typosIn(meant);
      return isNear ? [[given, meant] as const] : [];
    });

/** Makes the error of an invalid environment. Its message is one line that names the variable and never contains its value. */
export const configError = (name: Name, problem: string): Error => new Error(`${name} ${problem}`);

/** More than a dozen of the longest keys. Validating a longer value may take quadratic time. */
const MAX_LENGTH = 65_536;

type Environment = Readonly<Partial<Record<Name, string>>>;

const environment = parameters(VARIABLES);

const faultIn = ({ right, ...schema }: Variable, value: string): string | null => {
  if (value.length > MAX_LENGTH) return `must have at most ${MAX_LENGTH} characters`;
  return isValid(schema, value) ? null : `must be ${right}`;
};

/** Returns the variables that are set. An empty value counts as unset, as many tools write it. */
const givenIn = (env: Readonly<Record<string, string | undefined>>) =>
  Object.entries<Variable>(VARIABLES).flatMap(([name, variable]) => {
    const value = env[name] ?? '';
    return value === '' ? [] : [{ name, value, fault: faultIn(variable, value) }];
  });

/** Reads a configuration; throws an Error whose message has a line for each invalid variable. */
export const readConfig = (env: Environment): Config => {
  const wrong = new Map<string, string>();
  const complain = (name: string, problem: string): void => {
    if (!wrong.has(name)) wrong.set(name, problem);
  };
  const given = givenIn(env);
  for (const { name, fault } of given) if (fault !== null) complain(name, fault);
  // An invalid value counts as unset, so that its consequences are not reported as well.
  const sound = given.filter(({ fault }) => fault === null);
  const values = valueOf(environment, Object.fromEntries(sound.map(({ name, value }) => [name, value])));

  const name = values.SERVICE ?? null;
  const held = name === null ? CONTEXT_NAMES : contextsOf(name);
  const contexts = CONTEXT_NAMES.filter((context) => held.includes(context)); // in their order
  const holdsAccounts = contexts.includes('accounts');

  const database = databaseConfig(values, { service: name, dataDir: values.DATA_DIR }, complain);
  const isOnServer = !database.embedded && !wrong.has('DATABASE_URL');
  const config = {
    ...listeningConfig(values, name, complain),
    service: serviceConfig(values, { embedded: !isOnServer }, complain),
    contexts,
    database,
    serviceDatabases: serviceDatabases(values, complain),
    ...shopConfig(
      values,
      {
        ...{ given: new Set(given.map((each) => each.name)), holdsAccounts },
        embedded: database.embedded,
      },
      complain,
    ),
    ...sessionConfig(values, { requiresKey: holdsAccounts && isOnServer }, complain),
    ...callerConfig(values, name, complain),
    mail: mailConfig(values, { sendsMail: holdsAccounts }, complain),
    ...brokerConfig(values),
    ...orderConfig(values),
    ...webhookConfig(values),
    ...processConfig(values, database, contexts, complain),
  };
  if (wrong.size > 0) throw new Error([...wrong].map(([name, problem]) => `${name} ${problem}`).join('\n'));
  return config;
};
