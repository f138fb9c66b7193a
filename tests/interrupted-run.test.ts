import { expect } from 'chai';
// eslint-disable-next-line no-restricted-imports -- with `start`, the tests would end what the run must end itself
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './support/documents.js';
import { eventually } from './support/eventually.js';
import { builtProgram } from './support/server-process.js';

/** A file of tests that starts a server and a program that starts another one, and writes down their ids. */
const testFile = (tests: string): string => `
  import { renameSync, writeFileSync } from 'node:fs';
  import { startServer } from '${ROOT}/tests/support/server-process.ts';
  import { start } from '${ROOT}/tests/support/started-processes.ts';

  const cwd = import.meta.dirname;
  const startAll = async () => {
    const server = await startServer({ cwd, environment: { BCRYPT_COST: '4', DEMO_DATA: 'false' } });
    const shell = start('/bin/sh', ['-c', 'sleep 1000 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [child] = await shell.stdout.take(1).toArray();
    return [server.process.pid, shell.pid, Number(child)];
  };
  const writeDown = (ids) => {
    writeFileSync(cwd + '/being-written', JSON.stringify(ids));
    renameSync(cwd + '/being-written', cwd + '/ids');
  };
  const forever = () => new Promise(() => {});
  ${tests}`;

const isRunning = async (pid: number): Promise<boolean> => {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/\) [ZX] [^)]*$/.test(stat); // Z: has ended, but its parent has not asked how
};

describe('A test run', () => {
  let folder: string;
  let mocha: ChildProcess;
  beforeEach(async () => {
    await builtProgram('server'); // or each run would build it
    folder = await mkdtemp(join(tmpdir(), 'portico-run-'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  });
  afterEach(async () => {
    if (mocha.pid !== undefined && (await isRunning(mocha.pid))) process.kill(-mocha.pid, 'SIGKILL');
    await rm(folder, { recursive: true });
  });

  /** Runs files of tests and answers the ids that they write down. */
  const idsOf = async (files: readonly string[], ...options: readonly string[]) => {
    const names = files.map((_, index) => join(folder, `planted-${String(index)}.test.ts`));
    for (const [index, name] of names.entries()) await writeFile(name, testFile(files[index] ?? ''));
    const args = [...options, ...names];
    mocha = spawn('node_modules/.bin/mocha', args, { cwd: ROOT, stdio: 'ignore', detached: true });
    await eventually(() => existsSync(join(folder, 'ids')) || mocha.exitCode !== null, 'the ids');
    return JSON.parse(await readFile(join(folder, 'ids'), 'utf8')) as readonly number[];
  };
  const end = async (ids: readonly number[]): Promise<void> => {
    for (const id of ids) await eventually(async () => !(await isRunning(id)), `the end of ${String(id)}`);
  };

  for (const mode of ['--parallel', '--no-parallel'])
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      it(`A test run that is ended by ${signal} ends all that it has started, with ${mode}`, async () => {
        const test = "it('does not end', async () => { writeDown(await startAll()); await forever(); });";
        const ids = await idsOf([test], mode);
        expect(await Promise.all(ids.map(isRunning))).to.deep.equal([true, true, true]);
        mocha.kill(signal);
        await end(ids);
      });

  it('A test run ends what a test has started that fails, before the next test begins', async () => {
    const ids = await idsOf([
      `let ids;
       it('fails', async () => { ids = await startAll(); throw new Error('on purpose'); });
       it('comes after it', async () => { writeDown(ids); await forever(); });`,
    ]);
    expect(await Promise.all(ids.map(isRunning))).to.deep.equal([false, false, false]);
  });

  it('A test run ends what a hook has started with its file, and not before', async () => {
    const starting = `
      before(async () => { globalThis.ids = await startAll(); throw new Error('on purpose'); });
      it('does not begin', () => {});
      after(() => { writeDown(globalThis.ids); });`;
    const ids = await idsOf([starting, "it('does not end', forever);"], '--parallel', '--jobs', '2');
    await end(ids);
    expect(mocha.exitCode).to.equal(null);
  });
});
