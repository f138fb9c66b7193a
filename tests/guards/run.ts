// Takes the guards away one at a time and prints which test notices it on which database: npm run test:guards -- [--grep WORDS]
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { markdownTable } from '../support/markdown.js';
import { GUARDED_DATABASES, guards, type Guard, type GuardedDatabase } from './guards.js';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
const COPIED = [
  'src',
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

const { grep = '' } = parseArgs({ options: { grep: { type: 'string' } } }).values;
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
  found.find(({ fullTitle }) => fullTitle.includes(database))?.title;

const tryWithout = async (guard: Guard): Promise<readonly string[]> => {
  const file = join(copy, guard.file);
  const source = await readFile(file, 'utf8');
  await writeFile(
    file,
    source.replace(guard.text, () => guard.without),
  );
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
  const chosen = guards.filter(({ name }) => name.includes(grep));
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
