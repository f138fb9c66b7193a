import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../support/documents.js';
import { eventually } from '../support/eventually.js';
import { startServer, type RunningShop } from '../support/server-process.js';
import { start } from '../support/started-processes.js';

const PROGRAM = join(ROOT, 'scripts', 'import.mjs');
const NPM = ['npm', '--prefix', ROOT, 'run', '-s', 'import', '--'];
const OWNER = { email: 'owner@shop.test', password: 'an owner needs a password' };
/** Gives a program a terminal (util-linux). */
const SCRIPT = '/usr/bin/script';
const CTRL_C = '\u0003';
/** So many rows that their import is still running when it is interrupted. */
const MANY = 20_000;

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly rows: number;
  readonly processed: number;
  readonly created: number;
}

describe('npm run import', function () {
  this.timeout(120_000);
  let folder: string;
  let shop: RunningShop;
  let token: string;
  let files = 0;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-import-command-'));
    shop = await startServer({
      cwd: folder,
      environment: {
        ...{ ADMIN_EMAIL: OWNER.email, ADMIN_PASSWORD: OWNER.password },
        ...{ BCRYPT_COST: '4', DEMO_DATA: 'false' },
      },
    });
    const login = await fetch(`${shop.url}/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(OWNER),
    });
    token = ((await login.json()) as { accessToken: string }).accessToken;
  });
  after(async () => {
    await shop.stop();
    await rm(folder, { recursive: true });
  });

  const latest = async (): Promise<Shown | undefined> => {
    const response = await fetch(`${shop.url}/imports?limit=1`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    return ((await response.json()) as { items: readonly Shown[] }).items[0];
  };
  const fileOf = async (lines: readonly string[], ending = 'csv'): Promise<string> => {
    files += 1;
    const file = join(folder, `products-${String(files)}.${ending}`);
    await writeFile(file, lines.join('\n'));
    return file;
  };
  /** A file of new products. */
  const products = (rows: number): Promise<string> =>
    fileOf([
      'sku,name,price',
      ...Array.from({ length: rows }, (_, n) => `C${String(files)}-${String(n)},Thing,1`),
    ]);

  const environment = () => ({ PATH: process.env['PATH'], PORTICO_URL: shop.url, PORTICO_TOKEN: token });
  const command = (
    args: readonly string[],
    variables: Readonly<Record<string, string>> = {},
    { terminal = false, npm = false } = {},
  ) => {
    const own = [...(npm ? NPM : [process.execPath, PROGRAM]), ...args];
    const [program, ...rest] = terminal ? [SCRIPT, '-qefc', `exec ${own.join(' ')}`, '/dev/null'] : own;
    const child = start(program ?? '', rest, {
      cwd: folder,
      env: { ...environment(), ...variables },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = once(child, 'close').then(([code, signal]: unknown[]) => ({
      code,
      signal,
      stdout,
      stderr,
    }));
    return { child, ended, stdout: () => stdout };
  };
  const run = (...given: Parameters<typeof command>) => command(...given).ended;

  it('npm run import ends with 0 when every row is applied, and shows no bar where there is no terminal', async () => {
    expect(await run([await products(3)])).to.deep.equal({
      ...{ code: 0, signal: null, stderr: '' },
      stdout: 'finished: 3 created, 0 updated, 0 unchanged, 0 refused\n',
    });
    const ndjson = await fileOf(['{"sku":"N-1","name":"Thing","price":1}'], 'ndjson');
    const { PORTICO_TOKEN: _token, ...others } = environment();
    const loggedIn = { PORTICO_TOKEN: '', PORTICO_EMAIL: OWNER.email, PORTICO_PASSWORD: OWNER.password };
    expect(await run([ndjson], { ...others, ...loggedIn } as Record<string, string>)).to.include({ code: 0 });
  });

  it('npm run import ends with 2 when rows are refused, and shows the first twenty with their lines', async () => {
    const bad = Array.from({ length: 25 }, (_, n) => `B-${String(n)},Thing,much`);
    const { code, stdout, stderr } = await run([await fileOf(['sku,name,price', 'B-GOOD,Thing,1', ...bad])]);
    expect(code).to.equal(2);
    expect(stdout).to.equal('finished: 1 created, 0 updated, 0 unchanged, 25 refused\n');
    const lines = stderr.trim().split('\n');
    expect(lines).to.have.length(21);
    expect(lines[0]).to.equal('line 3 (B-0), price: The price must be a number.');
    expect(lines[20]).to.match(/^… and more: GET \/imports\/[\da-f-]{36}\/errors lists them$/);
  });

  it('npm run import ends with 1 and one line when nothing is imported, and says why', async () => {
    const good = await products(1);
    const torn = await fileOf(['sku,name,price', 'T-1,"Thing,1']);
    const before = await latest();
    for (const [args, variables, complaint] of [
      [[torn], {}, /^import: 422 invalid_import: .* Line 2: /],
      [[await fileOf(['sku,colour', 'T-1,red'])], {}, /^import: 422 invalid_import: .* Line 1: .*"colour"/],
      [[good], { PORTICO_TOKEN: 'pk_wrong' }, /^import: 401 /],
      [
        [good],
        { PORTICO_TOKEN: '', PORTICO_EMAIL: OWNER.email, PORTICO_PASSWORD: 'wrong' },
        /^import: 401 invalid_credentials/,
      ],
      [
        [good],
        { PORTICO_URL: 'http://127.0.0.1:1' },
        /^import: the shop at http:\/\/127\.0\.0\.1:1\/ cannot be/,
      ],
      [[join(folder, 'none.csv')], {}, /^import: there is no file .*none\.csv/],
    ] as const) {
      const { code, stdout, stderr } = await run(args, variables);
      expect({ code, stdout }, stderr).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr)
        .to.match(complaint)
        .and.to.match(/^[^\n]*\n$/);
    }
    for (const args of [[], ['products.txt']]) {
      const { code, stderr } = await run(args);
      expect(code).to.equal(1);
      expect(stderr).to.match(/^import: Usage: npm run import -- FILE\.csv\n/);
    }
    const after = await latest();
    expect(after?.id === before?.id || after?.status === 'failed').to.equal(true);
  });

  it('npm run import applies nothing when it is interrupted while it sends the file', async () => {
    const pipe = join(folder, 'slow.csv');
    await promisify(execFile)('mkfifo', [pipe]);
    const { child, ended } = command([pipe]);
    const file = await open(pipe, 'w');
    const rows = Array.from({ length: 1_000 }, (_, n) => `S-${String(n)},Thing,1\n`);
    await file.write(`sku,name,price\n${rows.join('')}`);
    const isReceived = async (): Promise<boolean> => {
      const found = await latest();
      return found?.status === 'receiving' && found.rows > 0;
    };
    await eventually(isReceived, 'the first rows');
    child.kill('SIGINT');
    expect(await ended).to.include({ signal: 'SIGINT', stdout: '' });
    await file.close();
    const failed = await eventually(async () => {
      const found = await latest();
      return found?.status === 'failed' ? found : null;
    }, 'the end of the upload');
    expect(failed).to.include({ created: 0 });
  });

  const onTerminal = existsSync(SCRIPT) || process.env['CI'] === 'true' ? it : it.skip;

  onTerminal('npm run import shows a bar on a terminal', async () => {
    const { code, stdout } = await run([await products(1_000)], {}, { terminal: true });
    expect(code).to.equal(0);
    const shown = stdout.split('\r\u001B[K');
    expect(shown.some((line) => /^█+░* +\d+ % sent/.test(line))).to.equal(true);
    expect(shown.at(-1)).to.match(/^█{30} 100 % of 1000 rows applied\r\nfinished: 1000 created/);
  });

  // npm gets the signal as well, and ends as if the program had ended by it.
  for (const [npm, code, by] of [
    [false, 2, ''],
    [true, 130, ', by npm'],
  ] as const)
    onTerminal(
      `npm run import ends with ${String(code)} on Ctrl+C${by}, and the import is cancelled with what it has applied`,
      async () => {
        const { child, ended, stdout } = command([await products(MANY)], {}, { terminal: true, npm });
        await eventually(() => stdout().includes('rows applied'), 'the rows to be applied');
        child.stdin.write(CTRL_C);
        const { code: endedWith, stdout: said } = await ended;
        expect(endedWith, said).to.equal(code);
        const found = await latest();
        expect(found).to.include({ status: 'cancelled', rows: MANY });
        expect(found?.processed).to.be.below(MANY);
        expect(said).to.include(`cancelled: ${String(found?.created)} created`);
      },
    );

  it('npm run import ends with 3 when the shop is lost while rows are applied, and names the import that goes on', async () => {
    const { ended } = command([await products(MANY)]);
    const { id } = await eventually(async () => {
      const found = await latest();
      return found?.status === 'running' && found.processed > 0 ? found : null;
    }, 'the rows to be applied');
    shop.process.kill('SIGKILL');
    await shop.ended;
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }, stderr).to.deep.equal({ code: 3, stdout: '' });
    expect(stderr).to.match(/^import: the shop at .* cannot be reached: .*\n$/);
    expect(stderr).to.include(`the import goes on: GET /imports/${id} shows it`);
  });
});
