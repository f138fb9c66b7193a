import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { mariadbMissing } from '../../support/mariadb.js';

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => {
      resolve(false);
    });
  });

const skipped = mariadbMissing !== null || process.env['TEST_MYSQL_URL'] !== undefined;

(skipped ? describe.skip : describe)('The throwaway MariaDB of the tests', function () {
  this.timeout(60_000);

  it('is gone after a test run that was killed', async () => {
    const script = `
      const { createMariadbDatabase } = await import('./tests/support/mariadb.ts');
      process.stdout.write((await createMariadbDatabase()).url);
      setInterval(() => {}, 1000);`;
    const child = spawn(
      process.execPath,
      ['--import=tsx', '--conditions=portico-source', '--input-type=module', '-e', script],
      { cwd: new URL('../../..', import.meta.url).pathname, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [url] = (await once(child.stdout, 'data')) as [Buffer];
    const port = Number(new URL(url.toString()).port);
    expect(await answers(port)).to.equal(true);
    child.kill('SIGKILL');
    const deadline = Date.now() + 20_000;
    while (await answers(port)) {
      if (Date.now() > deadline) throw new Error('the server has outlived the run that started it');
      await sleep(20);
    }
  });
});
