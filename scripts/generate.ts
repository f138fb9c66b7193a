// Writes the documents that are made from the code; with --check it only compares them, and fails if one is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { readConfig, VARIABLES } from '#src/main/config/index.js';
import type { Variable } from '#src/main/config/variable.js';
import { describeOperations } from '#src/main/internal-api.js';
import { BACKEND_NAMES, type BackendName } from '#src/main/services.js';
import { createShop } from '#src/main/shop.js';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { postmanCollection, postmanEnvironment } from './clients/postman.js';
import { typescriptApi } from './clients/typescript.js';
import { errorsPage } from './errors/errors-page.js';
import {
  expectedCalls,
  expectedStatus,
  notes,
  scopes,
  type Column,
} from '../tests/security/access-matrix.js';

const openApi = () => {
  const config = readConfig({ DATABASE_URL: 'memory:', JWT_PRIVATE_KEY: generateSigningKey() });
  return createShop(config).http.openApi;
};

/** Of the calls between the services, which clients never see. */
const internalOpenApi = (): string => {
  const tableOf = (SERVICE: BackendName) => {
    const secret = {
      SERVICES_SECRET: 'of services that are only described',
      JWT_PRIVATE_KEY: generateSigningKey(),
    };
    return createShop(readConfig({ SERVICE, DATABASE_URL: 'memory:', ...secret })).http.table;
  };
  const tables = Object.fromEntries(BACKEND_NAMES.map((name) => [name, tableOf(name)] as const));
  return `${JSON.stringify(describeOperations(tables as Parameters<typeof describeOperations>[0]), null, 2)}\n`;
};

const cell = (text: string): string => text.replaceAll('|', '\\|');

const defaultOf = ({ joi, unset }: Variable): string => {
  if (unset !== undefined) return unset;
  const { flags } = joi.describe() as { flags?: { default?: unknown } };
  const value = flags?.default;
  return `\`${typeof value === 'object' && value !== null && 'code' in value ? String(value.code) : String(value)}\``;
};

const configuration = (): Promise<string> =>
  format(
    `# Configuration

The shop reads these variables from the environment and from a file \`.env\` in the folder that it is started in; the
environment wins. Whatever else is there is ignored. An empty variable counts as unset. A wrong value stops the start
with one line that names the variable and says what would be right.

This page is made from the code by \`npm run generate\`.

| Variable | What it is for | Must be | Default |
| --- | --- | --- | --- |
${Object.entries<Variable>(VARIABLES)
  .map(
    ([name, variable]) =>
      `| \`${name}\` | ${cell(variable.purpose)} | ${cell(variable.right)} | ${defaultOf(variable)} |`,
  )
  .join('\n')}
`,
    { parser: 'markdown', printWidth: 110 },
  );

const COLUMNS = {
  owner: 'owner',
  other: 'another customer',
  admin: 'administrator',
  none: 'no token',
  bad: 'bad token',
  key: 'API key',
} as const satisfies Partial<Record<Column, string>>;

const accessMatrix = (): Promise<string> => {
  const row = (call: string): string => {
    const statuses = Object.keys(COLUMNS).map((column) => expectedStatus(call, column as Column));
    const scope = scopes.get(call) ?? null;
    const facts = [
      ...statuses.map(String),
      scope === null ? '' : `\`${scope}\``,
      cell(notes.get(call) ?? ''),
    ];
    return `| \`${call}\` | ${facts.join(' | ')} |`;
  };
  return format(
    `# The access matrix

Which status each call of the contract gives to each kind of caller. The table is written by hand, in
[access-matrix.ts](../../tests/security/access-matrix.ts). \`npm run test:security\` tries each cell, and fails for a call that has no
line. This page is made from it by \`npm run generate\`.

- Path and body of a call name things of the **owner**, a customer. **Another customer** sends the same path and body.
- The **administrator** owns nothing.
- The **bad tokens** are twelve: expired, tampered with, \`alg: none\`, the public key as an HMAC secret, an unknown \`kid\`, a refresh
  token, of a disabled user, of a session that was logged out, each of which would be an administrator's if it were good; and API
  keys that are unknown, mistyped, revoked or expired.
- The **API key** has the scope of the call alone, or all scopes where none opens the call. A key with all scopes but that one gets 403
  \`insufficient_scope\`.
- Every log-in is recent. A call that is open to everybody does not look at the token.
- 404 means that the thing does not exist for that caller.

| Call | ${Object.values(COLUMNS).join(' | ')} | Scope | Note |
| --- | ${'--- | '.repeat(Object.keys(COLUMNS).length)}--- | --- |
${expectedCalls.map(row).join('\n')}
`,
    { parser: 'markdown', printWidth: 110 },
  );
};

const contract = openApi();

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
/** As clients read it. */
const published = JSON.parse(JSON.stringify(contract)) as Parameters<typeof typescriptApi>[0] &
  Parameters<typeof postmanCollection>[0];

const documents = {
  'docs/openapi.json': json(contract),
  'clients/typescript/src/api.ts': await typescriptApi(published),
  'docs/postman/portico.postman_collection.json': json(postmanCollection(published)),
  'docs/postman/portico.postman_environment.json': json(postmanEnvironment()),
  'docs/errors.md': await format(errorsPage(contract), { parser: 'markdown', printWidth: 110 }),
  'docs/internal-openapi.json': internalOpenApi(),
  'docs/configuration.md': await configuration(),
  'docs/evidence/access-matrix.md': await accessMatrix(),
};

const root = join(import.meta.dirname, '..');
const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

const checking = process.argv.includes('--check');
const stale = Object.entries(documents).filter(([name, text]) => read(join(root, name)) !== text);
for (const [name, text] of stale) {
  if (checking) console.error(`${name} is out of date: npm run generate`);
  else writeFileSync(join(root, name), text);
}
if (checking && stale.length > 0) process.exitCode = 1;
