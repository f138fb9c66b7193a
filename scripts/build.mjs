// Builds dist/ without ever clearing it: another process may be running from it, and may import a file only later.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, '.stamp');

const sourcesIn = async (folder) => {
  if (!existsSync(join(ROOT, folder))) return [];
  const names = await readdir(join(ROOT, folder), { recursive: true });
  return names.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
};

/** What goes into the build, by its path: a change to any of it makes the build stale. */
const inputs = async () => {
  const settings = (await readdir(ROOT)).filter((name) =>
    /^(?:tsconfig.*|package|package-lock)\.json$/.test(name),
  );
  // The contract suites are built too, with what they import of tests/support.
  const suites = (await sourcesIn('tests')).filter((name) =>
    /(?:\.contract|\bcontracts|support\/.+)\.ts$/.test(name),
  );
  return [...settings, ...(await sourcesIn('src')), ...suites].sort();
};

const fingerprint = async () => {
  const hash = createHash('sha256');
  for (const name of await inputs()) {
    hash
      .update(`${name}\0`)
      .update(await readFile(join(ROOT, name)))
      .update('\0');
  }
  return hash.digest('hex');
};

const stamp = () => readFile(STAMP, 'utf8').catch(() => null);

const compile = (outDir) =>
  new Promise((resolve, reject) => {
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', outDir, '--noEmitOnError'];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error('The build has failed; dist/ is as it was.'));
    });
  });

/** Moves every file to its place, each at once: whoever reads meanwhile finds the old file or the new one, whole. */
const moveFiles = async (from, to) => {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = join(entry.parentPath, entry.name);
    const target = join(to, relative(from, source));
    await mkdir(dirname(target), { recursive: true });
    await rename(source, target);
  }
};

/** Builds unless dist/ was built from what lies here now; `force` builds in any case. */
export const build = async ({ force = false } = {}) => {
  const current = await fingerprint();
  if (!force && (await stamp()) === current) return;
  console.log('Building dist/ …');
  // Beside dist/, not in it, so that source maps find src/ from there as well.
  const fresh = join(ROOT, `.dist-${process.pid}`);
  try {
    await compile(fresh);
    await rm(STAMP, { force: true });
    await moveFiles(fresh, DIST);
    await writeFile(STAMP, current);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
};

if (process.argv[1] === import.meta.filename) await build({ force: true });
