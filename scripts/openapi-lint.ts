// Checks docs/openapi.json by rules of our own, Redocly's recommended-strict, Spectral's spectral:oas and the errors of IBM's
// OpenAPI validator.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lint, type LintedDocument } from './openapi/rules.js';

const root = join(import.meta.dirname, '..');
const file = join(root, 'docs', 'openapi.json');

/** Runs a linter without access to other hosts; prints its output if it fails. */
const passes = (program: string, ...args: readonly string[]): boolean => {
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules', '.bin', program), args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  });
  if (status !== 0) console.error(`${program}: ${stdout}${stderr}`);
  return status === 0;
};

const faults = lint(JSON.parse(readFileSync(file, 'utf8')) as LintedDocument);
for (const fault of faults) console.error(`docs/openapi.json ${fault}`);
const verdicts = [
  faults.length === 0,
  passes('redocly', 'lint', '--config', 'redocly.yaml', file),
  passes('spectral', 'lint', '--fail-severity', 'hint', '--ruleset', '.spectral.yaml', file),
  // IBM's warnings are not shown: they are about the guide of one company.
  passes(
    'spectral',
    ...['lint', '--fail-severity', 'error', '--display-only-failures', '--ruleset', '.spectral-ibm.mjs'],
    file,
  ),
];
if (verdicts.includes(false)) process.exitCode = 1;
else console.log('docs/openapi.json passes four linters');
