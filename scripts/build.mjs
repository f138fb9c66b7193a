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

class BuildError extends Error {
  constructor() {
    super('The build has failed; dist/ is as it was.');
  }
}

/** Exits with status 1 and prints no stack: the compiler has already printed the problem. */
export const endWithOneLine = (error) => {
  if (!(error instanceof BuildError)) throw error;
  console.error(error.message);
  process.exit(1);
};

const sourcesIn = async (folder) => {
  if (!existsSync(join(ROOT, folder))) return [];
  const names = await readdir(join(ROOT, folder), { recursive: true });
  return names.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
};

/** Returns the paths of everything that the build is made from: a change to any of it makes the build stale. */
const inputs = async () => {
  const settings = (await readdir(ROOT)).filter((name) =>
    /^(?:tsconfig.*|package|package-lock)\.json$/.test(name),
  );
  // The contract suites are built too, with what they import of tests/support.
  const suites = (await sourcesIn('tests')).filter((name) =>
    /(?:\.contract|\bcontracts|support\/.+)\.ts$/.test(name),
  );
  return ['scripts/build.mjs', ...settings, ...(await sourcesIn('src')), ...suites].sort();
};

const fingerprint = async (files) => {
  const hash = createHash('sha256');
  for (const name of files) {
    hash
      .update(`${name}\0`)
      .update(await readFile(join(ROOT, name)))
      .update('\0');
  }
  return hash.digest('hex');
};

/** Returns what dist/ was built from, and whether its types were checked and written; null if it is unknown. */
const stamp = async () => {
  try {
    return JSON.parse(await readFile(STAMP, 'utf8'));
  } catch {
    return null;
  }
};

/** Checks every type and writes JavaScript, declarations and source maps. Takes a while. */
const compile = (outDir) =>
  new Promise((resolve, reject) => {
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', outDir, '--noEmitOnError'];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new BuildError());
    });
  });

const runEsbuild = async (outDir, options) => {
  // Loaded here: an installation for production, whose dist/ is never stale, has no esbuild.
  const esbuild = await import('esbuild');
  const settings = {
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    sourcemap: true,
    logLevel: 'error',
  };
  const folders = { outdir: outDir, outbase: ROOT, absWorkingDir: ROOT };
  await esbuild.build({ ...settings, ...folders, ...options }).catch(() => {
    throw new BuildError();
  });
};

/** Writes JavaScript and source maps without checking types: all that a run needs, in a tenth of the time. */
const transpile = (outDir, files) => runEsbuild(outDir, { entryPoints: files });

/** Leaves in node_modules what is imported dynamically: most processes never need it. */
const onDemandOutside = {
  name: 'on-demand-outside',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^[^.#]/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    );
  },
};

/**
 * Bundles the server with the packages that each start evaluates, so that Node reads one file instead of a thousand. Everything else
 * in dist/ stays a file for each module: docs/adr/0049-the-server-is-bundled.md.
 */
const bundleServer = (outDir) =>
  runEsbuild(outDir, {
    entryPoints: ['src/main/run.ts'],
    bundle: true,
    conditions: ['portico-source'],
    // bcrypt is native code; pg-hstore is not installed, and Sequelize can do without.
    external: ['bcrypt', 'pg-hstore'],
    plugins: [onDemandOutside],
    // A start reads the whole file and its map. Names stay as they are, and stacks show the lines of src/.
    minifyWhitespace: true,
    sourcesContent: false,
    // For the packages that are CommonJS and require modules of Node.
    banner: {
      js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
    },
  });

/** Moves every file to its place, each atomically: a concurrent reader finds the old file or the new one, whole. */
const moveFiles = async (from, to) => {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = join(entry.parentPath, entry.name);
    const target = join(to, relative(from, source));
    await mkdir(dirname(target), { recursive: true });
    await rename(source, target);
  }
};

/**
 * Builds dist/ unless it was built from the present sources. `types` also checks every type and writes declarations, which the
 * package needs and a start does not; `force` builds in any case.
 */
export const build = async ({ types = false, force = false } = {}) => {
  const files = await inputs();
  const current = await fingerprint(files);
  const built = await stamp();
  if (!force && built?.from === current && (built.types || !types)) return;
  const sources = files.filter((name) => name.endsWith('.ts'));
  console.log(`Building dist/ from ${sources.length} files${types ? ', with types' : ''} …`);
  // Next to dist/, not in it, so that source maps find src/ from there as well.
  const fresh = join(ROOT, `.dist-${process.pid}`);
  try {
    await (types ? compile(fresh) : transpile(fresh, sources));
    await bundleServer(fresh); // in the place of dist/src/main/run.js
    await rm(STAMP, { force: true });
    await moveFiles(fresh, DIST);
    await writeFile(STAMP, JSON.stringify({ from: current, types }));
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
};

if (process.argv[1] === import.meta.filename) await build({ types: true, force: true }).catch(endWithOneLine);
