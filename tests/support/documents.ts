import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { anchors, localLinks, type CodeBlock } from './markdown.js';
import { start } from './started-processes.js';

export const ROOT = join(import.meta.dirname, '..', '..');

/** Where the programs of documents are put and run: a checkout, or a project that depends on the package. */
interface Folder {
  readonly folder: string;
}

/** A folder that looks like a fresh checkout in which the shop was built: it contains no data. */
export interface Checkout extends Folder {
  remove(): Promise<void>;
}

const PARTS = [
  '.sequelizerc',
  'dist',
  'docs',
  'migrations',
  'node_modules',
  'package.json',
  'scripts',
  'src',
  'tests',
];

export const checkout = async (): Promise<Checkout> => {
  const folder = await mkdtemp(join(tmpdir(), 'portico-docs-'));
  for (const part of PARTS) await symlink(join(ROOT, part), join(folder, part));
  return { folder, remove: () => rm(folder, { recursive: true }) };
};

export interface Run {
  /** 0 when it went well. */
  readonly code: number;
  /** Standard output and standard error, one after the other. */
  readonly output: string;
}

/** What a program that listens says, after which it is asked to stop. */
const OPEN = /^open at http/m;

const run = async (
  program: string,
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Run> => {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment };
  const child = start(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (OPEN.test(text)) child.kill('SIGTERM');
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? 1, output: stdout + stderr };
};

/**
 * Runs all blocks in one shell, one after another, against the shop at `url`, and stops at the first that fails. What each
 * of them says begins on a line of its own.
 */
export const runShell = (
  blocks: readonly Pick<CodeBlock, 'code'>[],
  { folder }: Checkout,
  url: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Run> => {
  const script = blocks.map(({ code }) => code.replaceAll('http://localhost:3000', url)).join('\necho\n');
  return run('bash', ['--norc', '-euo', 'pipefail', '-c', script], folder, environment);
};

/** What the first line of a block may say: the name of the file that the block is. */
const named = ({ code }: Pick<CodeBlock, 'code'>): string | undefined =>
  /^\/\/ (?<name>[\w./-]+\.m?ts)$/m.exec(code.split('\n')[0] ?? '')?.groups?.['name'];

/** Whether the block shows a file of the repository, as its first line says. */
export const isExcerpt = (block: Pick<CodeBlock, 'code'>): boolean => named(block)?.includes('/') ?? false;

const squeeze = (text: string): string =>
  text.replaceAll(/,?\s+/g, ' ').replaceAll(/([([{]) | ([)\]}])/g, '$1$2');

/** The pieces of an excerpt, which `// …` divides, that do not stand in the file that it names. */
export const untrueExcerpts = (block: Pick<CodeBlock, 'code'>): readonly string[] => {
  const file = join(ROOT, named(block) ?? '');
  const source = existsSync(file) ? squeeze(readFileSync(file, 'utf8')) : '';
  const [, ...lines] = block.code.split('\n');
  return lines
    .join('\n')
    .split(/^ *\/\/ …$/m)
    .filter((piece) => !source.includes(squeeze(piece).trim()));
};

const folderOf = (block: Pick<CodeBlock, 'file'>): string => block.file.replaceAll(/\W+/g, '-');

/** Where a block of TypeScript lies in a checkout; the blocks of one document lie side by side and can be imported. */
export const moduleOf = (block: CodeBlock): string =>
  join(folderOf(block), named(block) ?? `line-${String(block.line)}.ts`);

export const writeModules = async (blocks: readonly CodeBlock[], { folder }: Folder): Promise<void> => {
  for (const block of blocks) {
    const file = join(folder, moduleOf(block));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, block.code);
  }
};

const COMPILER_OPTIONS = {
  target: 'es2023',
  lib: ['es2023'],
  module: 'nodenext',
  types: ['node', 'mocha'],
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
};

/** Compiles the modules in a checkout with the built package, as a user of the package would. */
export const compile = async (blocks: readonly CodeBlock[], { folder }: Checkout): Promise<Run> => {
  const config = { compilerOptions: COMPILER_OPTIONS, files: blocks.map(moduleOf) };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  return run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], folder);
};

/** Runs a module, one that is called `….test.ts` under mocha; a program that listens is stopped once it says so. */
export const runModule = (block: CodeBlock, { folder }: Folder): Promise<Run> => {
  const file = moduleOf(block);
  const mocha = [
    'node_modules/mocha/bin/mocha.js',
    '--no-config',
    '--fail-zero',
    '--timeout',
    '20000',
    '--exit',
    file,
  ];
  const program = file.endsWith('.test.ts') ? mocha : [file];
  return run(process.execPath, ['--import', 'tsx', ...program], folder, { HOST: '127.0.0.1', PORT: '0' });
};

/** The links of a document, by its path in the repository, that lead nowhere in it. */
export const brokenLinks = (file: string, text: string): readonly string[] =>
  localLinks(file, text).filter((link) => {
    const [path = '', anchor] = link.split('#');
    if (path === '') return !anchors(file, text).includes(anchor ?? '');
    const target = join(ROOT, dirname(file), path);
    if (!existsSync(target)) return true;
    if (anchor === undefined) return false;
    return statSync(target).isDirectory() || !anchors(path, readFileSync(target, 'utf8')).includes(anchor);
  });
