import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onEveryServer } from '../../support/databases.js';

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

const FACTORIES = {
  MariaDB: { file: 'mariadb', create: 'createMariadbDatabase', given: process.env['TEST_MYSQL_URL'] },
  PostgreSQL: { file: 'postgres', create: 'createPostgresDatabase', given: process.env['TEST_POSTGRES_URL'] },
} as const;

onEveryServer('A throwaway server', (name) => {
  const { file, create, given } = FACTORIES[name];

  (given === undefined ? it : it.skip)('is gone after a test run that was killed', async () => {
    const script = `
      const { ${create} } = await import('./tests/support/${file}.ts');
      process.stdout.write((await ${create}()).url);
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
