import { config as readEnvFile } from 'dotenv';
import { generateSigningKey } from '#src/contexts/accounts/module.js';
import { writePrivately } from '#src/platform/private-files.js';
import { readConfig } from './config/index.js';
import { keyFolderOf, pemsIn, rotateKeyFiles } from './signing-keys.js';

const USAGE = `Rotate the keys in JWT_PRIVATE_KEY in three steps. Each prints the next value of the variable:

  1. npm run -s keys:rotate -- publish    the current keys and a new one at the end, which only verifies
     Restart every process with it. A process that does not know a key refuses its tokens.
  2. npm run -s keys:rotate -- sign       the last key moved to the front, where it signs
     Restart every process with it, and wait for ACCESS_TOKEN_TTL.
  3. npm run -s keys:rotate -- retire     the first key alone
     Restart every process with it.`;

const steps: Readonly<Record<string, (pems: readonly string[]) => readonly string[]>> = {
  publish: (pems) => [...pems, generateSigningKey()],
  sign: (pems) => [...pems.slice(-1), ...pems.slice(0, -1)],
  retire: (pems) => pems.slice(0, 1),
};

const run = (step: string | undefined): string => {
  writePrivately();
  readEnvFile({ quiet: true });
  const { jwtPrivateKey, database, accessTokenTtl, contexts } = readConfig(process.env);
  if (!contexts.includes('accounts'))
    throw new Error('the signing keys are those of the user service: run this with SERVICE=user');
  if (jwtPrivateKey !== null) {
    if (step === undefined) return USAGE;
    const next = Object.hasOwn(steps, step) ? steps[step] : undefined;
    if (next === undefined) throw new Error(USAGE);
    return next(pemsIn(jwtPrivateKey)).join('\n');
  }
  if (step !== undefined)
    throw new Error(
      'the embedded database rotates its keys in one step, without an argument: npm run keys:rotate',
    );
  const { made, removed } = rotateKeyFiles(keyFolderOf(database.url), accessTokenTtl, new Date());
  return [
    `${made} signs from now on, also in a shop that runs`,
    ...removed.map((name) => `${name} is removed`),
  ].join('\n');
};

try {
  process.stdout.write(`${run(process.argv[2])}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
