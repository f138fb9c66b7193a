import { expect } from 'chai';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { testShop } from '../support/test-shop.js';
import { runProgram, startServer, type RunningShop } from '../support/server-process.js';
import { killStarted } from '../support/started-processes.js';

const QUICK = { BCRYPT_COST: '4', DEMO_DATA: 'false' };

const FOLDERS = new Set(['coverage', 'data']);

/** Takes no right away. */
const UMASK = '000';

describe('The files that a shop and its commands write', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'portico-rights-'))));
  afterEach(async () => {
    await killStarted();
    await rm(folder, { recursive: true });
  });

  const start = (environment: Record<string, string> = {}): Promise<RunningShop> =>
    startServer({ cwd: folder, umask: UMASK, environment: { ...QUICK, ...environment } });

  const runs = async (name: 'admin' | 'rotate-keys', ...args: string[]): Promise<void> => {
    // Node writes it when the program ends, as a library might write something.
    const environment = { ...QUICK, NODE_V8_COVERAGE: join(folder, 'coverage') };
    const options = { cwd: folder, umask: UMASK, environment, args };
    const { code, stderr } = await (await runProgram(name, options)).ended;
    expect(code, stderr).to.equal(0);
  };

  /** What is there by its path, with its rights in octal. */
  const rights = async (): Promise<Readonly<Record<string, string>>> => {
    const names = (await readdir(folder, { recursive: true })).sort();
    const modes = names.map(async (name) => ((await stat(join(folder, name))).mode & 0o7777).toString(8));
    const read = await Promise.all(modes);
    return Object.fromEntries(names.map((name, at) => [name, read[at] ?? '']));
  };
  const DATABASE = { 'data/portico.db': '600', 'data/portico.db-shm': '600', 'data/portico.db-wal': '600' };

  it('The files that a shop and its commands write are their owner’s alone whatever the umask, beside a running shop as well', async () => {
    const shop = await start();
    expect(await rights()).to.deep.equal({ data: '700', ...DATABASE, 'data/signing-key.pem': '600' });
    await runs('admin', 'create', 'second@shop.test');
    await runs('rotate-keys');
    await shop.stop();
    const left = await rights();
    expect(Object.keys(left).filter((name) => name.startsWith('data/signing-key-'))).to.have.length(1);
    for (const [name, mode] of Object.entries(left))
      expect(mode, name).to.equal(FOLDERS.has(name) ? '700' : '600');
  });

  for (const [name, ...args] of [['admin', 'create', 'first@shop.test'], ['rotate-keys']] as const)
    it(`The files that a shop and its commands write are their owner’s alone when ${name} or a library in it makes them`, async () => {
      await runs(name, ...args);
      const made = Object.entries(await rights());
      expect(made.some(([path]) => path.startsWith('coverage/'))).to.equal(true);
      for (const [path, mode] of made) expect(mode, path).to.equal(FOLDERS.has(path) ? '700' : '600');
    });

  it('The files that a shop and its commands write are their owner’s alone in a process that is not the shop’s own, whose umask stays', async () => {
    const before = process.umask(0);
    try {
      const DATABASE_URL = `sqlite:${join(folder, 'data', 'portico.db')}`;
      const shop = await testShop({ environment: { DATABASE_URL } });
      expect(await rights()).to.deep.equal({ data: '700', ...DATABASE });
      await shop.close();
      expect(process.umask(0)).to.equal(0);
    } finally {
      process.umask(before);
    }
  });

  it('The files that a shop and its commands write are their owner’s alone when Node writes them, such as a diagnostic report with the environment in it', async () => {
    const shop = await start({ NODE_OPTIONS: '--report-on-signal --report-signal=SIGUSR2' });
    shop.process.kill('SIGUSR2');
    const report = await eventually(
      async () => (await readdir(folder)).find((name) => name.startsWith('report.')),
      'it',
    );
    expect((await rights())[report]).to.equal('600');
    await shop.stop();
  });

  it('The files that a shop and its commands write are closed to others by the next start when an earlier version made them, with a line in the log', async () => {
    await (await start()).stop();
    const data = join(folder, 'data');
    const old = ['portico.db', 'signing-key.pem'].map((name) => join(data, name));
    for (const file of old) await chmod(file, 0o644);
    const { stderr } = await (await start()).stop();
    for (const [path, mode] of Object.entries(await rights()))
      expect(mode, path).to.equal(FOLDERS.has(path) ? '700' : '600');
    for (const file of old)
      expect(stderr).to.contain(
        `"file":"${file}","msg":"the file was accessible to every user of this machine`,
      );
  });

  it('The files that a shop and its commands write are not written to such a folder through a symbolic link either, whether it names a file or not yet', async () => {
    const [data, open] = [join(folder, 'data'), join(folder, 'open')];
    for (const each of [data, open]) await mkdir(each, { mode: 0o700 });
    await chmod(open, 0o777);
    await symlink(join(open, 'shop.db'), join(data, 'portico.db'));
    for (const isThere of [false, true]) {
      if (isThere) await writeFile(join(open, 'shop.db'), '');
      const running = await runProgram('server', { cwd: folder, environment: { ...QUICK, PORT: '0' } });
      const { code, stderr } = await running.ended;
      expect(code).to.equal(1);
      expect(stderr).to.contain(`the folder ${open} is writable by every user of this machine`);
    }
  });

  it('The files that a shop and its commands write are not written to a folder that all users may write to: every program ends with one line', async () => {
    const data = join(folder, 'data');
    await mkdir(data);
    await chmod(data, 0o777);
    const programs = [['server'], ['admin', 'create', 'first@shop.test'], ['rotate-keys']] as const;
    for (const [name, ...args] of programs) {
      const running = await runProgram(name, { cwd: folder, environment: { ...QUICK, PORT: '0' }, args });
      const { code, stderr } = await running.ended;
      expect({ code, lines: stderr.split('\n').length }, stderr).to.deep.equal({ code: 1, lines: 2 });
      expect(stderr).to.contain(`the folder ${data} is writable by every user of this machine`);
    }
    expect(await readdir(data)).to.deep.equal([]);
  });
});
