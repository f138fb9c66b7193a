// Writes the documents that are made from the code; with --check only compares, and fails when one is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { readConfig, VARIABLES } from '#src/main/config.js';
import { createShop } from '#src/main/shop.js';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';

const openApi = (): string => {
  const config = readConfig({ DATABASE_URL: 'memory:', JWT_PRIVATE_KEY: generateSigningKey() });
  return `${JSON.stringify(createShop(config).http.openApi, null, 2)}\n`;
};

const cell = (text: string): string => text.replaceAll('|', '\\|');

const defaultOf = ({
  schema,
  unset,
}: (typeof VARIABLES)[keyof typeof VARIABLES] & { unset?: string }): string => {
  if (unset !== undefined) return unset;
  const { flags } = schema.describe() as { flags?: { default?: unknown } };
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
${Object.entries(VARIABLES)
  .map(
    ([name, variable]) =>
      `| \`${name}\` | ${cell(variable.purpose)} | ${cell(variable.right)} | ${defaultOf(variable)} |`,
  )
  .join('\n')}
`,
    { parser: 'markdown', printWidth: 110 },
  );

const documents = {
  'docs/openapi.json': openApi(),
  'docs/configuration.md': await configuration(),
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
