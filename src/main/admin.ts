import { config as readEnvFile } from 'dotenv';
import { parseArgs } from 'node:util';
import { changeUser } from '../contexts/accounts/application/change-user.js';
import { createAdministrator } from '../contexts/accounts/application/create-administrator.js';
import { resetPassword } from '../contexts/accounts/application/reset-password.js';
import type { UserRepository } from '../contexts/accounts/application/ports.js';
import type { User } from '../contexts/accounts/domain/user.js';
import { readConfig } from './config.js';
import { shopContainer, type Container } from './container.js';
import { randomPassword } from './first-administrator.js';
import { TOKEN } from './tokens.js';

const USAGE = `usage: npm run admin -- create EMAIL [--name NAME]
       npm run admin -- promote EMAIL
       npm run admin -- reset-password EMAIL

Works on the database of DATABASE_URL, also while the shop runs. The password is that of the variable
NEW_PASSWORD (8 to 128 characters), or a random one that is shown once.`;

interface Password {
  readonly password: string;
  /** What to tell about it: a given password is not repeated. */
  readonly told: string;
}

const newPassword = (): Password => {
  const given = process.env['NEW_PASSWORD'];
  if (given === undefined || given === '') {
    const password = randomPassword();
    return { password, told: `password ${password} (not shown again)` };
  }
  if (given.length < 8 || given.length > 128)
    throw new Error('NEW_PASSWORD must be a password of 8 to 128 characters');
  return { password: given, told: 'password as given' };
};

const userOf = async (users: UserRepository, email: string): Promise<User> => {
  const user = await users.findByEmail(email);
  if (user === null) throw new Error(`there is no account of ${email}`);
  return user;
};

const commands: Readonly<
  Record<string, (container: Container, email: string, name: string) => Promise<string>>
> = {
  create: async (container, email, name) => {
    if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new Error(`${email} is no e-mail address`);
    const { password, told } = newPassword();
    await createAdministrator({
      transact: container.resolve(TOKEN.accountsTransact),
      passwords: container.resolve(TOKEN.passwords),
      newId: container.resolve(TOKEN.newId),
    })({ name, email, password });
    return `${email} is an administrator, ${told}`;
  },
  promote: async (container, email) => {
    const { id } = await userOf(container.resolve(TOKEN.queries).accounts.users, email);
    await changeUser({ transact: container.resolve(TOKEN.accountsTransact) })(id, { role: 'admin' });
    return `${email} is an administrator now`;
  },
  'reset-password': async (container, email) => {
    const { id } = await userOf(container.resolve(TOKEN.queries).accounts.users, email);
    const { password, told } = newPassword();
    await resetPassword({
      transact: container.resolve(TOKEN.accountsTransact),
      passwords: container.resolve(TOKEN.passwords),
    })(id, password);
    return `${email} has a new ${told}, and all of their sessions have ended`;
  },
};

const run = async (): Promise<string> => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { name: { type: 'string', default: 'Administrator' } },
  });
  const [verb = '', email] = positionals;
  const command = Object.hasOwn(commands, verb) ? commands[verb] : undefined;
  if (command === undefined || email === undefined || positionals.length > 2) throw new Error(USAGE);

  readEnvFile({ quiet: true });
  const container = shopContainer(readConfig(process.env));
  const persistence = container.resolve(TOKEN.persistence);
  try {
    await persistence.prepare();
    return await command(container, email, values.name);
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
