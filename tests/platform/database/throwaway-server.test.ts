import { expect } from 'chai';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { onEveryServer, onServer } from '../../support/databases.js';
import { eventually } from '../../support/eventually.js';
import { galeraCluster } from '../../support/galera.js';
import { start } from '../../support/started-processes.js';

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

/** A test run that starts a server, says on which port and is killed. */
const endsWithItsRun = async (file: string, ports: string): Promise<void> => {
  const script = `
    const support = await import('./tests/support/${file}.ts');
    process.stdout.write(JSON.stringify(${ports}));
    setInterval(() => {}, 1000);`;
  const child = start(
    process.execPath,
    ['--import=tsx', '--conditions=portico-source', '--input-type=module', '-e', script],
    { cwd: new URL('../../..', import.meta.url).pathname, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const started = JSON.parse(said.toString()) as readonly number[];
  for (const port of started) expect(await answers(port)).to.equal(true);
  child.kill('SIGKILL');
  for (const port of started)
    await eventually(async () => !(await answers(port)), 'the end of the server whose run was killed');
};

onEveryServer('A throwaway server', (name) => {
  const { file, create, given } = FACTORIES[name];

  (given === undefined ? it : it.skip)('is gone after a test run that was killed', () =>
    endsWithItsRun(file, `[Number(new URL((await support.${create}()).url).port)]`),
  );
});

onServer('Galera', 'A throwaway cluster', () => {
  it('A throwaway Galera cluster is gone after a test run that was killed', () =>
    endsWithItsRun('galera', '(await support.galeraCluster()).nodes.map(({ port }) => port)'));

  it('A throwaway Galera cluster goes on without a node that is killed, and takes it back', async () => {
    const {
      nodes: [one, , three],
    } = await galeraCluster();
    await three.signal('KILL');
    expect(await three.status('wsrep_ready')).to.equal(null);
    await three.start();
    expect(await one.status('wsrep_cluster_size')).to.equal('3');
    expect(await three.status('wsrep_cluster_status')).to.equal('Primary');
  });
});
