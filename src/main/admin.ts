import { config as readEnvFile } from 'dotenv';
import { parseArgs } from 'node:util';
import { isDomainError } from '#src/kernel/errors.js';
import type { UserId } from '#src/kernel/ids.js';
import { requireEmailAddress } from '#src/platform/email-address.js';
import { writePrivately } from '#src/platform/private-files.js';
import { FILE_COMMANDS, fileCommand } from './admin-backup.js';
import {
  listDeadLettered,
  listSubscribers,
  removeSubscriber,
  requeueDeadLettered,
  type OutboxChoice,
} from './admin-outbox.js';
import { servicesCommand } from './admin-services.js';
import { readConfig, type Config } from './config/index.js';
import { shopParts } from './container.js';
import type { ContextName } from './contexts.js';
import type { Parts } from './parts.js';
import { dataLocation } from './data-location.js';
import { randomPassword } from './first-administrator.js';
import { BACKEND_NAMES, serviceOf } from './services.js';

const USAGE = `usage: npm run admin -- COMMAND

  create EMAIL [--name NAME]  creates an administrator
  promote EMAIL               makes the user of an existing account an administrator
  reset-password EMAIL        sets a new password and revokes all sessions of the account
  outbox list                 lists the dead-lettered events
  outbox requeue ID | --all   delivers a dead-lettered event, or all of them, again
  outbox subscribers          lists the subscribers and their numbers of pending deliveries
  outbox unsubscribe NAME     removes a former subscriber and its deliveries
  rebuild-keys                recomputes the keys of names and addresses after an upgrade
  seed-demo                   adds the demo catalogue to a shop without categories
  backup FILE                 copies the embedded database to a new file
  restore FILE                creates the embedded database from a backup; there must be none yet
  services split              moves a shop in one process to the databases of its services
  services merge              moves the services of a shop to the database of one process
  services reopen             lets a database be served again that a move has taken out of service

outbox list and outbox requeue accept --subscriber NAME to select the deliveries of one subscriber.

All commands but restore and those of services work while the shop runs. If it runs as services, set SERVICE to the one with the data: the
accounts are in SERVICE=user, the catalogue in SERVICE=product, and each service has an outbox of its own. They read the same variables as the shop: DATABASE_URL and,
on a database server, JWT_PRIVATE_KEY. create and reset-password set the password in the variable NEW_PASSWORD
(8 to 128 characters, not a common one), or generate one and show it once.`;

interface Password {
  readonly password: string;
  /** What the command prints: it does not repeat a given password. */
  readonly message: string;
}

const newPassword = (): Password => {
  const given = process.env['NEW_PASSWORD'];
  if (given === undefined || given === '') {
    const password = randomPassword();
    return { password, message: `password ${password} (not shown again)` };
  }
  const { length } = Array.from(given.normalize('NFC'));
  if (length < 8 || length > 128) throw new Error('NEW_PASSWORD must be a password of 8 to 128 characters');
  return { password: given, message: 'password as given' };
};

const idOf = async ({ contexts }: Parts, email: string): Promise<UserId> => {
  const user = await contexts.accounts.operations.findUser(requireEmailAddress(email));
  if (user === null) throw new Error(`there is no account with the e-mail address ${email}`);
  return user.id;
};

interface Options {
  readonly name: string;
  readonly all: boolean;
  readonly subscriber: string | null;
}

type Command = (parts: Parts, argument: string, options: Options) => Promise<string>;

const choiceOf = (argument: string, { all, subscriber }: Options): OutboxChoice => ({
  id: argument === '' ? null : argument,
  all,
  subscriber,
});

/** Commands by their arguments; a word in capitals stands for an argument. */
const commands: Readonly<Record<string, Command>> = {
  'create EMAIL': async ({ contexts }, given, { name }) => {
    const email = requireEmailAddress(given);
    const { password, message } = newPassword();
    await contexts.accounts.operations
      .createAdministrator({ name, email, password })
      .catch((error: unknown) => {
        if (!isDomainError(error) || error.code !== 'email_taken') throw error;
        throw new Error(
          `an account with the e-mail address ${given} already exists; to make it an administrator, use: promote ${given}`,
        );
      });
    return `${given} is an administrator, ${message}`;
  },
  'promote EMAIL': async (parts, email) => {
    await parts.contexts.accounts.operations.promote(await idOf(parts, email));
    return `${email} is an administrator now`;
  },
  'reset-password EMAIL': async (parts, email) => {
    const id = await idOf(parts, email);
    const { password, message } = newPassword();
    await parts.contexts.accounts.operations.resetPassword(id, password);
    return `${email} has a new ${message}; all sessions of the account are revoked`;
  },
  'outbox list': (parts, _none, options) => listDeadLettered(parts, options),
  'outbox requeue': (parts, none, options) => requeueDeadLettered(parts, choiceOf(none, options)),
  'outbox requeue ID': (parts, id, options) => requeueDeadLettered(parts, choiceOf(id, options)),
  'outbox subscribers': listSubscribers,
  'outbox unsubscribe NAME': removeSubscriber,
  'rebuild-keys': async ({ persistence }) => {
    const keyless = await persistence.rebuildKeys();
    const lines = keyless.map(({ table, ids }) => `without a unique key in ${table}: ${ids.join(' ')}`);
    return ['all keys are recomputed', ...lines].join('\n');
  },
  'seed-demo': async ({ contexts }) => {
    const made = await contexts.catalog.operations.createDemoCatalogue();
    if (made === 0)
      throw new Error(
        'the shop already has categories, or products with the SKUs of the demo catalogue, which is for a new shop',
      );
    return `the demo catalogue is added: ${String(made)} products`;
  },
};

/** The context that a command needs. Every process with a database has what the others need. */
const NEEDED: Readonly<Record<string, ContextName>> = {
  'create EMAIL': 'accounts',
  'promote EMAIL': 'accounts',
  'reset-password EMAIL': 'accounts',
  'seed-demo': 'catalog',
};

/** Fails if the process of the configuration does not store what the command works on. */
const requireStored = ({ service, contexts }: Config, pattern: string | null): void => {
  if (service === null) return;
  const [word = ''] = (pattern ?? '').split(' ');
  const needed = pattern === null ? undefined : NEEDED[pattern];
  if (needed !== undefined && !contexts.includes(needed))
    throw new Error(`${word} needs SERVICE=${serviceOf(needed)}, or no SERVICE if the shop is one process`);
  if (service.name === 'gateway')
    throw new Error(`SERVICE=gateway has no database: set it to one of ${BACKEND_NAMES.join(', ')}`);
};

/** Maximum lengths of the columns, in characters. */
const LONGEST = { 'EMAIL, ID or NAME': 254, '--name': 120, '--subscriber': 64 };

const requireShort = (what: keyof typeof LONGEST, text: string): void => {
  if (text.length > LONGEST[what]) throw new Error(`${what} must have at most ${LONGEST[what]} characters`);
};

/** Fails unless the name can be shown to people and on terminals. */
const requireName = (name: string): void => {
  if (name.trim() === '' || /\p{Cc}/u.test(name))
    throw new Error('--name must not be empty or contain control characters');
};

/** The commands that accept an option. */
const KNOWN_BY = { all: ['outbox requeue'], subscriber: ['outbox list', 'outbox requeue'] };

const isOneOf = (commands: readonly string[], pattern: string): boolean =>
  commands.some((command) => pattern.startsWith(command));

const requireOwnOptions = (
  pattern: string,
  { all, subscriber }: { readonly all: boolean; readonly subscriber?: string | undefined },
): void => {
  if (all && !isOneOf(KNOWN_BY.all, pattern)) throw new Error('--all is an option of outbox requeue only');
  if (subscriber !== undefined && !isOneOf(KNOWN_BY.subscriber, pattern))
    throw new Error('--subscriber is an option of outbox list and outbox requeue only');
};

const isArgument = (word: string): boolean => word === word.toUpperCase();

interface Found {
  readonly pattern: string;
  readonly command: Command;
  readonly argument: string;
}

/** Returns the command that these arguments name, with its argument. */
const find = (typed: readonly string[]): Found => {
  for (const [pattern, command] of Object.entries(commands)) {
    const words = pattern.split(' ');
    const fits = (word: string, i: number): boolean => isArgument(word) || word === typed[i];
    if (words.length === typed.length && words.every(fits))
      return { pattern, command, argument: typed[words.findIndex(isArgument)] ?? '' };
  }
  const [word = ''] = typed;
  const isCommand = [...Object.keys(commands), ...FILE_COMMANDS, 'services'].some(
    (known) => known.split(' ')[0] === word,
  );
  throw misuse(isCommand ? `wrong arguments for ${word}` : word && `there is no command ${word}`);
};

/** Makes the error of a command line that cannot be understood: the problem, if anything was typed, and the usage. */
const misuse = (problem: string): Error => new Error(problem === '' ? USAGE : `${problem}\n\n${USAGE}`);

const readArguments = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        name: { type: 'string', default: 'Administrator' },
        all: { type: 'boolean', default: false },
        subscriber: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    // Only the first sentence: Node goes on to explain arguments that begin with a hyphen.
    throw misuse(error instanceof Error ? (error.message.split('. ')[0] ?? '') : '');
  }
};

const run = async (): Promise<string> => {
  writePrivately();
  const { positionals, values } = readArguments();
  if (values.help) return USAGE;
  const onFiles = fileCommand(positionals);
  if (onFiles !== null) {
    readEnvFile({ quiet: true });
    const config = readConfig(process.env);
    requireStored(config, null);
    return onFiles(config);
  }
  const onServices = servicesCommand(positionals);
  if (onServices !== null) {
    readEnvFile({ quiet: true });
    return onServices(readConfig(process.env));
  }
  const { pattern, command, argument } = find(positionals);
  requireShort('EMAIL, ID or NAME', argument);
  requireShort('--name', values.name);
  requireShort('--subscriber', values.subscriber ?? '');
  requireOwnOptions(pattern, values);
  requireName(values.name);

  readEnvFile({ quiet: true });
  const config = readConfig(process.env);
  requireStored(config, pattern);
  const parts = shopParts(config);
  const { persistence } = parts;
  try {
    const { isNew } = await persistence.prepare();
    if (isNew)
      process.stderr.write(`a new database was created: ${dataLocation(config)}
`);
    return await command(parts, argument, { ...values, subscriber: values.subscriber ?? null });
  } finally {
    await persistence.close();
  }
};

run().then(
  (message) => process.stdout.write(`${message}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
