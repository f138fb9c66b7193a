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
import { readConfig } from './config/index.js';
import { shopParts } from './container.js';
import type { Parts } from './parts.js';
import { whereDataLies } from './data-place.js';
import { randomPassword } from './first-administrator.js';

const USAGE = `usage: npm run admin -- COMMAND

  create EMAIL [--name NAME]  creates an administrator with an account of their own
  promote EMAIL               makes an account that exists an administrator
  reset-password EMAIL        sets a new password and ends all sessions of the account
  outbox list                 lists the dead-lettered events, which could not be delivered to a subscriber
  outbox requeue ID | --all   has such an event, or all of them, delivered again
  outbox subscribers          lists the subscribers and how many deliveries wait for each
  outbox unsubscribe NAME     removes a subscriber that the shop has no more, with its deliveries
  rebuild-keys                computes anew how names and addresses are compared, after an upgrade
  seed-demo                   adds the demo catalogue to a shop without categories
  backup FILE                 copies the embedded database to a new file
  restore FILE                makes the embedded database from such a file, where there is none

outbox list and outbox requeue take --subscriber NAME for the deliveries of one subscriber.

All but restore work while the shop runs, and take the same variables as the shop: DATABASE_URL and, on a
database server, JWT_PRIVATE_KEY. create and reset-password set the password in the variable NEW_PASSWORD
(8 to 128 characters, no common one), or a random one that is shown once.`;

interface Password {
  readonly password: string;
  /** What the command prints: it does not repeat a given password. */
  readonly told: string;
}

const newPassword = (): Password => {
  const given = process.env['NEW_PASSWORD'];
  if (given === undefined || given === '') {
    const password = randomPassword();
    return { password, told: `password ${password} (not shown again)` };
  }
  const { length } = Array.from(given.normalize('NFC'));
  if (length < 8 || length > 128) throw new Error('NEW_PASSWORD must be a password of 8 to 128 characters');
  return { password: given, told: 'password as given' };
};

const idOf = async ({ contexts }: Parts, email: string): Promise<UserId> => {
  const user = await contexts.accounts.operations.findUser(requireEmailAddress(email));
  if (user === null) throw new Error(`there is no account of ${email}`);
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
    const { password, told } = newPassword();
    await contexts.accounts.operations
      .createAdministrator({ name, email, password })
      .catch((error: unknown) => {
        if (!isDomainError(error) || error.code !== 'email_taken') throw error;
        throw new Error(
          `there is an account of ${given} already: "promote ${given}" makes it an administrator`,
        );
      });
    return `${given} is an administrator, ${told}`;
  },
  'promote EMAIL': async (parts, email) => {
    await parts.contexts.accounts.operations.promote(await idOf(parts, email));
    return `${email} is an administrator now`;
  },
  'reset-password EMAIL': async (parts, email) => {
    const id = await idOf(parts, email);
    const { password, told } = newPassword();
    await parts.contexts.accounts.operations.resetPassword(id, password);
    return `${email} has a new ${told}, and all of their sessions have ended`;
  },
  'outbox list': (parts, _none, options) => listDeadLettered(parts, options),
  'outbox requeue': (parts, none, options) => requeueDeadLettered(parts, choiceOf(none, options)),
  'outbox requeue ID': (parts, id, options) => requeueDeadLettered(parts, choiceOf(id, options)),
  'outbox subscribers': listSubscribers,
  'outbox unsubscribe NAME': removeSubscriber,
  'rebuild-keys': async ({ persistence }) => {
    const keyless = await persistence.rebuildKeys();
    const lines = keyless.map(({ table, ids }) => `without a key of their own in ${table}: ${ids.join(' ')}`);
    return ['all keys are computed anew', ...lines].join('\n');
  },
  'seed-demo': async ({ contexts }) => {
    const made = await contexts.catalog.operations.createDemoCatalogue();
    if (made === 0)
      throw new Error('the shop has categories already; only one without any gets the demo catalogue');
    return `the demo catalogue is on sale: ${String(made)} products`;
  },
};

/** Maximum lengths of the columns, in characters. */
const LONGEST = { 'EMAIL, ID or NAME': 254, '--name': 120, '--subscriber': 64 };

const requireShort = (what: keyof typeof LONGEST, text: string): void => {
  if (text.length > LONGEST[what]) throw new Error(`${what} must have at most ${LONGEST[what]} characters`);
};

/** Fails unless the name can be shown to people and on terminals. */
const requireName = (name: string): void => {
  if (name.trim() === '' || /\p{Cc}/u.test(name))
    throw new Error('--name must be text without control characters');
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
  const isCommand = [...Object.keys(commands), ...FILE_COMMANDS].some(
    (known) => known.split(' ')[0] === word,
  );
  throw misuse(isCommand ? `${word} takes other arguments` : word && `there is no command ${word}`);
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
    return onFiles(readConfig(process.env));
  }
  const { pattern, command, argument } = find(positionals);
  requireShort('EMAIL, ID or NAME', argument);
  requireShort('--name', values.name);
  requireShort('--subscriber', values.subscriber ?? '');
  requireOwnOptions(pattern, values);
  requireName(values.name);

  readEnvFile({ quiet: true });
  const config = readConfig(process.env);
  const parts = shopParts(config);
  const { persistence } = parts;
  try {
    const { isNew } = await persistence.prepare();
    if (isNew) process.stderr.write(`a new database was made: ${whereDataLies(config)}\n`);
    return await command(parts, argument, { ...values, subscriber: values.subscriber ?? null });
  } finally {
    await persistence.close();
  }
};

run().then(
  (told) => process.stdout.write(`${told}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
