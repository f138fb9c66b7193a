import leven, { closestMatch } from 'leven';
import { isValid, parameters, valueOf } from '#src/platform/schema/schema.js';
import { callerConfig, callerVariables, type CallerConfig } from './callers.js';
import { databaseConfig, databaseVariables, type DatabaseConfig } from './database.js';
import { listeningConfig, listeningVariables, type ListeningConfig } from './listening.js';
import { mailConfig, mailVariables, type MailConfig } from './mail.js';
import { orderConfig, orderVariables, type OrderConfig } from './orders.js';
import { processConfig, processVariables, type ProcessConfig } from './process.js';
import { sessionConfig, sessionVariables, type SessionConfig } from './sessions.js';
import { shopConfig, shopVariables, type ShopConfig } from './shop.js';
import type { Variable } from './variable.js';

export type { DatabaseConfig } from './database.js';
export type { MailConfig } from './mail.js';
export type { PendingOrderConfig } from './orders.js';
export type { RateLimitConfig } from './callers.js';

/** All that can be set about a shop, checked. */
export interface Config
  extends ListeningConfig, ShopConfig, SessionConfig, CallerConfig, OrderConfig, ProcessConfig {
  readonly database: DatabaseConfig;
  readonly mail: MailConfig;
}

/** Every variable that the shop reads; whatever else is in the environment is ignored. */
export const VARIABLES = {
  ...listeningVariables,
  ...databaseVariables,
  ...shopVariables,
  ...sessionVariables,
  ...callerVariables,
  ...mailVariables,
  ...orderVariables,
  ...processVariables,
};

type Name = keyof typeof VARIABLES;

const isName = (name: string): name is Name => Object.hasOwn(VARIABLES, name);

/** So many letters of a name can be wrong, missing or too many before it is another name; of a short one fewer. */
const typosIn = (name: string): number => (name.length < 8 ? 1 : 2);

/** Returns the names in an environment that are nearly a variable's, each with the one that was meant. */
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

/** The environment does not make a shop. Its message is one line that names the variable, never with its value. */
export const configError = (name: Name, problem: string): Error => new Error(`${name} ${problem}`);

/** More than a dozen of the longest keys. What checks a value may take quadratic time on a longer one. */
const MAX_LENGTH = 65_536;

type Environment = Readonly<Partial<Record<Name, string>>>;

const environment = parameters(VARIABLES);

const faultIn = ({ right, ...schema }: Variable, value: string): string | null => {
  if (value.length > MAX_LENGTH) return `must have at most ${MAX_LENGTH} characters`;
  return isValid(schema, value) ? null : `must be ${right}`;
};

/** The variables that are set. An empty one is how many tools say that it is not. */
const givenIn = (env: Readonly<Record<string, string | undefined>>) =>
  Object.entries<Variable>(VARIABLES).flatMap(([name, variable]) => {
    const value = env[name] ?? '';
    return value === '' ? [] : [{ name, value, fault: faultIn(variable, value) }];
  });

/** Reads a configuration; throws an Error whose message has a line for each variable that is wrong. */
export const readConfig = (env: Environment): Config => {
  const wrong = new Map<string, string>();
  const complain = (name: string, problem: string): void => {
    if (!wrong.has(name)) wrong.set(name, problem);
  };
  const given = givenIn(env);
  for (const { name, fault } of given) if (fault !== null) complain(name, fault);
  // A value that is wrong counts as not set, so that what follows from it is not complained of as well.
  const sound = given.filter(({ fault }) => fault === null);
  const values = valueOf(environment, Object.fromEntries(sound.map(({ name, value }) => [name, value])));

  const database = databaseConfig(values, complain);
  const requiresKey = !database.embedded && !wrong.has('DATABASE_URL');
  const config = {
    ...listeningConfig(values, complain),
    database,
    ...shopConfig(values, new Set(given.map(({ name }) => name)), complain),
    ...sessionConfig(values, { requiresKey }, complain),
    ...callerConfig(values, complain),
    mail: mailConfig(values, complain),
    ...orderConfig(values),
    ...processConfig(values, database),
  };
  if (wrong.size > 0) throw new Error([...wrong].map(([name, problem]) => `${name} ${problem}`).join('\n'));
  return config;
};
