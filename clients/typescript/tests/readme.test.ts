import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { brokenLinks, moduleOf, ROOT, runModule, writeModules } from '../../../tests/support/documents.js';
import { codeBlocks, type CodeBlock } from '../../../tests/support/markdown.js';
import { testShop, type ShopUnderTest } from '../../../tests/support/test-shop.js';

const exec = promisify(execFile);
const README = 'clients/typescript/README.md';

/** Runs a program as a shell outside this checkout would, and returns all that it prints. */
const run = async (cwd: string, program: string, ...args: readonly string[]): Promise<string> => {
  const { PATH, HOME } = process.env;
  const { stdout } = await exec(program, args, { cwd, env: { PATH, HOME } }).catch((error: unknown) => {
    throw new Error((error as { readonly stdout: string }).stdout, { cause: error });
  });
  return stdout;
};

describe('The packed TypeScript client', () => {
  let folder: string;
  let shop: ShopUnderTest;
  let programs: readonly CodeBlock[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-client-'));
    const args = ['pack', '--workspace', 'clients/typescript', '--pack-destination', folder];
    await run(ROOT, 'npm', ...args);
    const [archive = ''] = await readdir(folder);
    await run(folder, 'npm', 'init', '-y');
    await run(folder, 'npm', 'pkg', 'set', 'type=module');
    const packages = [join(folder, archive), 'tsx', 'typescript@6', '@types/node@20'];
    await run(folder, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', ...packages);
    shop = await testShop({ environment: { DEMO_DATA: 'true' } });
    programs = codeBlocks(README, await readFile(join(ROOT, README), 'utf8'))
      .filter(({ language }) => language === 'ts')
      .map((block) => ({ ...block, code: block.code.replaceAll('http://localhost:3000', shop.shop.url) }));
    await writeModules(programs, { folder });
  });
  after(async () => {
    await shop.close();
    await rm(folder, { recursive: true });
  });

  it('The packed TypeScript client holds its JavaScript, declarations and sources, and no tests', async () => {
    const files = await readdir(join(folder, 'node_modules/@portico/client'), { recursive: true });
    expect(files).to.include.members([
      'README.md',
      'package.json',
      'dist/index.js',
      'dist/index.d.ts',
      'src/index.ts',
    ]);
    expect(files.filter((name) => name.includes('test'))).to.deep.equal([]);
  });

  // `strict` as most projects have it, and as strict as it gets; with Node's types of fetch, and with a browser's.
  const pedantic = { exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
  for (const [of, options] of Object.entries({
    'in Node': { lib: ['es2023'], types: ['node'] },
    'in a browser': { lib: ['es2023', 'dom', 'dom.iterable'], types: [], ...pedantic },
  }))
    it(`The packed TypeScript client compiles under strict ${of}, its declarations included`, async () => {
      const compilerOptions = {
        ...{ strict: true, skipLibCheck: false, noEmit: true, module: 'nodenext', target: 'es2022' },
        ...options,
      };
      const files = programs.map(moduleOf);
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
      expect(await run(folder, 'npx', 'tsc')).to.equal('');
    });

  it('The packed TypeScript client runs the programs of its README', async () => {
    expect(programs.map(({ code }) => code.split('\n')[0])).to.deep.equal([
      '// first-order.ts',
      '// errors.ts',
      '// token-store.ts',
      '// retry.ts',
    ]);
    const outputs: string[] = [];
    for (const program of programs) {
      const { code, output } = await runModule(program, { folder });
      expect(code, output).to.equal(0);
      outputs.push(output);
    }
    expect(outputs[0])
      .to.match(/^Assam 7 USD$/m)
      .and.to.match(/^too many \[.*requested: 200/ms);
    expect(outputs[1]).to.match(/^\/email .+\n\/password .+$/m);
  });

  it('The README of the TypeScript client links to what exists', async () => {
    expect(brokenLinks(README, await readFile(join(ROOT, README), 'utf8'))).to.deep.equal([]);
  });
});
