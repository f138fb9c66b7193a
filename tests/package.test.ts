import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { moduleOf, ROOT, runModule, writeModules } from './support/documents.js';
import { codeBlocks, type CodeBlock } from './support/markdown.js';

const exec = promisify(execFile);

/** Runs npm as a shell outside this checkout would, and answers what it printed. */
const npm = async (cwd: string, ...args: readonly string[]): Promise<string> => {
  const { PATH, HOME } = process.env;
  const { stdout } = await exec('npm', [...args, '--no-audit', '--no-fund'], { cwd, env: { PATH, HOME } });
  return stdout;
};

const programsOf = async (file: string): Promise<readonly CodeBlock[]> => {
  const blocks = codeBlocks(file, await readFile(join(ROOT, file), 'utf8'));
  return blocks.filter(
    ({ language, code }) => language === 'ts' && /^\/\/ [\w-]+(?:\.test)?\.m?ts\n/.test(code),
  );
};

describe('The packed package', () => {
  let folder: string;
  let archive: string;

  let path: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-package-'));
    await npm(ROOT, 'pack', '--pack-destination', folder);
    const [name = ''] = await readdir(folder);
    archive = join(folder, name);
    path = join(folder, 'my-shop');
    await mkdir(path);
    await npm(path, 'init', '-y');
    // Of sequelize another version, so that the project has a copy of its own beside Portico's.
    const beside = ['sequelize@6.37.5', 'tsx', 'mocha', 'chai'];
    await npm(path, 'install', '--prefer-offline', archive, ...beside);
  });
  after(() => rm(folder, { recursive: true }));

  it('The packed package holds what runs, its declarations and its migrations, and nothing of a checkout', async () => {
    const { stdout } = await exec('tar', ['-tzf', archive], { maxBuffer: 2 ** 24 });
    const files = stdout.trim().split('\n');
    expect(files).to.include.members([
      'package/dist/src/main/index.js',
      'package/dist/src/main/index.d.ts',
      'package/dist/src/main/server.js',
      'package/dist/tests/contracts.d.ts',
      'package/README.md',
      'package/LICENSE',
    ]);
    const migrations = (await readdir(join(ROOT, 'migrations'))).filter((name) => name.endsWith('.cjs'));
    expect(files).to.include.members(migrations.map((name) => `package/migrations/${name}`));
    const folders = new Set(files.map((file) => file.split('/').slice(0, 3).join('/')));
    const others = [...folders].filter((name) => !/^package\/(?:dist|migrations)\//.test(name));
    expect(others).to.have.members(['package/LICENSE', 'package/README.md', 'package/package.json']);
    expect(files.filter((file) => /\.test\.|\.env|\.db|\.pem/.test(file))).to.deep.equal([]);
  });

  it('The packed package runs the program of the README in a project that npm init has made', async () => {
    const programs = await programsOf('README.md');
    expect(programs.map(({ code }) => code.split('\n')[0])).to.deep.equal(['// shop.mts']);
    await writeModules(programs, { folder: path });
    for (const program of programs) {
      const { code, output } = await runModule(program, { folder: path });
      expect(code, output).to.equal(0);
      expect(output).to.match(/^open at http/m);
    }
  });

  it('The packed package runs every step of the guide to adapters beside another copy of sequelize', async () => {
    await npm(path, 'pkg', 'set', 'type=module');
    const programs = await programsOf('docs/guides/write-an-adapter.md');
    expect(programs).to.have.length(4);
    await writeModules(programs, { folder: path });
    for (const program of programs) {
      const { code, output } = await runModule(program, { folder: path });
      expect(code, `${moduleOf(program)}: ${output}`).to.equal(0);
    }
  });
});
