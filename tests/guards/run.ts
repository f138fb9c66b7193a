// Takes the guards away one at a time and prints which test notices it on which database; `--help` says how it is called.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { markdownTable } from '../support/markdown.js';
import { GUARDED_DATABASES, guards, type Guard, type GuardedDatabase } from './guards.js';
import { takeOut } from './take-out.js';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
const COPIED = [
  'src',
  'clients',
  'tests',
  'migrations',
  'scripts',
  'package.json',
  'tsconfig.json',
  '.mocharc.json',
  '.sequelizerc',
];
const PATIENCE_MS = 600_000;

interface Failure {
  readonly title: string;
  readonly fullTitle: string;
}

const USAGE = `npm run test:guards -- [--grep PATTERN]
  --grep PATTERN  takes out only the guards whose name matches the regular expression`;

/** Returns the guards that the command line asks for; none when it asks for help. Ends the process on a wrong one. */
const chooseGuards = (): readonly Guard[] => {
  try {
    const options = { grep: { type: 'string', default: '' }, help: { type: 'boolean' } } as const;
    const { grep, help } = parseArgs({ options }).values;
    if (help === true) {
      process.stdout.write(`${USAGE}\n`);
      return [];
    }
    const chosen = guards.filter(({ name }) => new RegExp(grep, 'u').test(name));
    if (chosen.length === 0) throw new Error(`No guard has a name that matches "${grep}".`);
    return chosen;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
};

const chosen = chooseGuards();
if (chosen.length === 0) process.exit();
const copy = await mkdtemp(join(tmpdir(), 'portico-guards-'));

/** The tests of these files that fail in the copy, on the databases in question. */
const failures = async (files: readonly string[]): Promise<readonly Failure[]> => {
  const output = join(copy, 'result.json');
  await rm(output, { force: true });
  const options = ['--exit', '--grep', '^(?!.*(PostgreSQL|Galera))', '--reporter', 'json'];
  const mocha = [join('node_modules', 'mocha', 'bin', 'mocha.js'), ...options];
  await run(process.execPath, [...mocha, '--reporter-option', `output=${output}`, ...files], {
    cwd: copy,
    timeout: PATIENCE_MS,
    maxBuffer: 64 * 1024 * 1024,
  }).catch(() => undefined); // its status counts the failures
  const result = JSON.parse(await readFile(output, 'utf8')) as {
    readonly stats: { readonly tests: number };
    readonly failures: readonly Failure[];
  };
  if (result.stats.tests === 0) throw new Error(`nothing ran in ${files.join(', ')}`);
  // A hook that fails tells of a broken set-up, not of a guard that is gone.
  return result.failures.filter(({ title }) => !title.startsWith('"'));
};

const noticed = (found: readonly Failure[], database: GuardedDatabase): string | undefined =>
  // A test that names no database notices it on all of them.
  found.find(
    ({ fullTitle: title }) =>
      title.includes(database) || !GUARDED_DATABASES.some((each) => title.includes(each)),
  )?.title;

const tryWithout = async (guard: Guard): Promise<readonly string[]> => {
  const file = join(copy, guard.file);
  const source = await readFile(file, 'utf8');
  await writeFile(file, takeOut(guard.file, source, guard));
  try {
    const found = await failures(guard.tests);
    return GUARDED_DATABASES.map(
      (database) => noticed(found, database) ?? guard.idle?.[database] ?? 'NOBODY NOTICES',
    );
  } finally {
    await writeFile(file, source);
  }
};

try {
  for (const name of COPIED) await cp(join(ROOT, name), join(copy, name), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const before = await failures([...new Set(chosen.flatMap(({ tests }) => tests))]);
  if (before.length > 0)
    throw new Error(
      `fails with every guard in its place: ${before.map((each) => each.fullTitle).join('; ')}`,
    );

  const rows: (readonly string[])[] = [];
  for (const guard of chosen) {
    const row = [guard.name, ...(await tryWithout(guard))];
    rows.push(row);
    process.stderr.write(`${row.join(' | ')}\n`);
  }
  process.stdout.write(`${markdownTable(['Guard', ...GUARDED_DATABASES], rows)}\n`);
  if (rows.flat().includes('NOBODY NOTICES')) process.exitCode = 1;
} finally {
  await rm(copy, { recursive: true });
}
