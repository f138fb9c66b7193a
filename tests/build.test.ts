import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { killStarted, start } from './support/started-processes.js';

const ROOT = resolve(import.meta.dirname, '..');

/** Says its greeting, then what `src/main/later.ts` says when it is told to; ends well on SIGTERM. */
const server = (greeting: string): string => `
process.on('SIGTERM', () => { console.log('drained'); process.exit(0); });
process.stdin.once('data', () => void import('./later.js').then(({ later }) => { console.log(later); }));
console.log('${greeting}');
`;

interface Run {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves when the output contains the text; rejects when the process ends without it. */
  says(text: string): Promise<void>;
  ended(): Promise<{ readonly code: number | null; readonly output: string }>;
}

describe('npm start and npm run build', () => {
  let folder: string;

  const run = (script: string): Run => spawned(process.execPath, [join('scripts', script)]);

  const spawned = (
    command: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Run => {
    const env = { ...process.env, NODE_OPTIONS: '', ...environment };
    const child = start(command, args, { cwd: folder, env });
    let output = '';
    let hasEnded = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        child.emit('output');
      });
    }
    const end = once(child, 'close').then(([code]) => {
      hasEnded = true;
      child.emit('output');
      return { code: code as number | null, output };
    });
    const says = async (text: string): Promise<void> => {
      while (!output.includes(text)) {
        if (hasEnded) throw new Error(`ended without saying ${text}: ${output}`);
        await once(child, 'output');
      }
    };
    return { child, says, ended: () => end };
  };

  const write = (path: string, text: string): Promise<void> => writeFile(join(folder, path), text);
  const built = (path: string): Promise<string> => readFile(join(folder, 'dist/src/main', path), 'utf8');

  /** Starts the shop, waits for its greeting and stops it; answers all that was said. */
  const startAndStop = async (greeting: string): Promise<string> => {
    const shop = run('start.mjs');
    await shop.says(greeting);
    shop.child.kill('SIGTERM');
    return (await shop.ended()).output;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-build-'));
    for (const name of ['scripts', 'tsconfig.json', 'tsconfig.build.json', 'package.json']) {
      await cp(join(ROOT, name), join(folder, name), { recursive: true });
    }
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    await mkdir(join(folder, 'src/main'), { recursive: true });
    await write('src/main/server.ts', server('open'));
    await write('src/main/run.ts', 'export {};\n');
    await write('src/main/later.ts', "export const later = 'as it was';\n");
  });

  afterEach(async () => {
    await killStarted();
    await rm(folder, { recursive: true, force: true });
  });

  it('The build builds what has not been built, runs it and lets it end well on SIGTERM', async () => {
    const shop = run('start.mjs');
    await shop.says('open');
    shop.child.kill('SIGTERM');
    const { code, output } = await shop.ended();
    expect(code).to.equal(0);
    expect(output).to.match(/^Building .*\nopen\ndrained\n$/);
    expect((await readdir(folder)).filter((name) => name.startsWith('.dist'))).to.deep.equal([]);
  });

  it('The build passes the SIGTERM that npm gets on to the shop, which ends before npm does', async () => {
    const npm = spawned('npm', ['start']);
    await npm.says('open');
    npm.child.kill('SIGTERM');
    const { code, output } = await npm.ended();
    expect(output).to.match(/open\ndrained\n$/);
    expect(code).to.equal(0);
  });

  it('The build builds again only after a change', async () => {
    await startAndStop('open');
    expect(await startAndStop('open')).to.equal('open\ndrained\n');
    await write('src/main/server.ts', server('open again'));
    expect(await startAndStop('open again')).to.match(/^Building/);
  });

  it('The build puts what run.ts imports into one file, packages too, and its stacks name the lines of the sources', async () => {
    await write('src/main/server.ts', "process.setSourceMapsEnabled(true);\nawait import('./run.js');\n");
    await write(
      'src/main/failing.ts',
      "import Joi from 'joi';\nexport const fail = () => Joi.assert('x', Joi.forbidden());\n",
    );
    await write(
      'src/main/run.ts',
      "import { fail } from './failing.js';\ntry { fail(); } catch (e) { console.log((e as Error).stack); }\n",
    );
    expect((await run('build.mjs').ended()).code).to.equal(0);
    await rm(join(folder, 'dist/src/main/failing.js'));
    await rm(join(folder, 'node_modules')); // a link
    const { output } = await run('../dist/src/main/server.js').ended();
    expect(output)
      .to.match(/src\/main\/failing\.ts:2:/)
      .and.to.match(/src\/main\/run\.ts:2:/);
    expect(output).not.to.include('Cannot find');
  });

  it('The build leaves every file of an earlier build to the process that runs from it', async () => {
    const shop = run('start.mjs');
    await shop.says('open');
    await rm(join(folder, 'src/main/later.ts'));
    await write('src/main/server.ts', "console.log('without it');\n");
    expect((await run('build.mjs').ended()).code).to.equal(0);
    shop.child.stdin.write('now');
    await shop.says('as it was');
  });

  it('The build leaves the build as it was when the source is no TypeScript, and says where in one line each', async () => {
    await startAndStop('open');
    const before = await built('server.js');
    await write('src/main/server.ts', 'export const number = ;\n');
    const { code, output } = await run('start.mjs').ended();
    expect(code).to.equal(1);
    expect(output).to.include('src/main/server.ts:1:').and.to.include('dist/ is as it was');
    expect(output).not.to.include('at async');
    expect(await built('server.js')).to.equal(before);
  });

  it('The build checks types in npm run build, and not in a start', async () => {
    await write('src/main/later.ts', "export const later: number = 'as it was';\n");
    await startAndStop('open');
    const before = await built('later.js');
    const { code, output } = await run('build.mjs').ended();
    expect(code).to.equal(1);
    expect(output).to.include('src/main/later.ts(1,').and.to.include('dist/ is as it was');
    expect(await built('later.js')).to.equal(before);
  });

  it('The build writes declarations in npm run build, after which a start has nothing to do', async () => {
    await run('build.mjs').ended();
    expect(await built('later.d.ts')).to.include('later');
    expect(await startAndStop('open')).to.equal('open\ndrained\n');
  });

  it('The build builds no package after an installation in the checkout, but before packing and for who links it', async () => {
    const prepare = async (command: string, calledFrom: string): Promise<string> => {
      const env = { npm_command: command, INIT_CWD: calledFrom };
      return (await spawned(process.execPath, [join('scripts', 'prepare.mjs')], env).ended()).output;
    };
    expect(await prepare('ci', folder)).to.equal('');
    expect(await prepare('install', folder)).to.equal('');
    expect(await prepare('install', tmpdir())).to.include('with types');
    expect(await prepare('pack', folder)).to.equal('');
    expect(await built('server.d.ts')).to.include('export');
    await write('src/main/server.ts', server('open again'));
    expect(await prepare('pack', folder)).to.include('with types');
  });

  for (const script of ['start.mjs', 'build.mjs'])
    it(`The build keeps the source maps of ${script} true`, async () => {
      if (script === 'start.mjs') await startAndStop('open');
      else await run(script).ended();
      const { sources } = JSON.parse(await built('server.js.map')) as { sources: readonly [string] };
      expect(resolve(folder, 'dist/src/main', sources[0])).to.equal(join(folder, 'src/main/server.ts'));
    });
});
