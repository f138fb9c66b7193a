import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, open, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { QueryTypes, Sequelize } from 'sequelize';
import { findProgram } from './installed-programs.js';
import { administer, databaseName, systemUser, untilStopped, type TestDatabase } from './throwaway-server.js';

const run = promisify(execFile);

const PROGRAMS = ['mariadbd', 'mariadb-install-db', 'rsync', 'socat', 'lsof'] as const;
const PROVIDERS = ['/usr/lib/galera/libgalera_smm.so', '/usr/lib64/galera-4/libgalera_smm.so'];

const provider = PROVIDERS.find((path) => existsSync(path));
const lacking = [
  ...PROGRAMS.filter((program) => findProgram(program) === undefined),
  ...(provider === undefined ? ['galera-4'] : []),
];

/** Why there is no cluster to test on, or null when one can be started. */
export const galeraMissing: string | null = lacking.length === 0 ? null : `no ${lacking.join(', no ')} found`;

/** One server of the cluster. */
export interface GaleraNode {
  /** From 1. */
  readonly number: number;
  readonly port: number;
  /** The URL of a database, on this node alone. */
  url(database: string): string;
  /** `KILL` ends it as a crash would; `STOP` freezes it until `CONT`. Resolves when it has come to that. */
  signal(signal: 'KILL' | 'TERM' | 'STOP' | 'CONT'): Promise<void>;
  /** Starts it again on its own data after it has ended; resolves when it has caught up and can be used. */
  start(): Promise<void>;
  /** Parts it from the others, so that it has no majority, but not from its clients. */
  cutOff(): Promise<void>;
  /** Ends that. */
  rejoin(): Promise<void>;
  /** One of the server's status variables that begin with `wsrep_`; null when the server does not answer. */
  status(name: `wsrep_${string}`): Promise<string | null>;
  /** Waits until it belongs to the majority and has caught up with it. */
  ready(): Promise<void>;
}

export interface GaleraCluster {
  readonly nodes: readonly [GaleraNode, GaleraNode, GaleraNode];
  /** The URL of a database on all of the nodes, the first one preferred unless told. */
  readonly url: (database: string, first?: number) => string;
}

/** Fast rather than durable, but the engine and the replication are the real ones. A node that is silent for 3 s is out. */
const SETTINGS = [
  '--bind-address=127.0.0.1',
  '--skip-name-resolve',
  '--binlog-format=ROW',
  '--default-storage-engine=InnoDB',
  '--innodb-autoinc-lock-mode=2',
  '--innodb-flush-log-at-trx-commit=2', // survives the end of the process
  '--innodb-buffer-pool-size=64M',
  '--innodb-log-file-size=32M',
  '--max-connections=300',
  '--wsrep-on=ON',
  '--wsrep-cluster-name=portico',
  '--wsrep-sst-method=rsync',
  '--wsrep-slave-threads=2',
];

const PROVIDER_SETTINGS = [
  'gcache.size=32M',
  'evs.keepalive_period=PT0.5S',
  'evs.suspect_timeout=PT3S',
  'evs.inactive_timeout=PT6S',
  'evs.install_timeout=PT6S',
  'pc.recovery=no',
];

/**
 * Ends the nodes, each with its process group, and takes their data away when its standard input ends. Along that come the
 * ids of the processes; it is a pipe from this process, and ends when this process does, however it does.
 */
const WATCHDOG = `
  folder=$1; nodes=
  while read -r node; do nodes="$nodes $node"; done
  for node in $nodes; do
    if [ "$(cat "/proc/$node/comm" 2>/dev/null)" = mariadbd ]; then kill -s KILL -- "-$node"; fi
  done
  sleep 0.2; rm -rf "$folder"
`;

interface Ports {
  readonly sql: number;
  readonly group: number;
  readonly increments: number;
  readonly snapshot: number;
}

const isTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (taken: boolean) => () => {
      socket.destroy();
      resolve(taken);
    };
    socket.on('connect', answer(true)).on('error', answer(false));
  });

/** Neighbouring ports below those that the system gives to outgoing connections, so that a node finds its own free again. */
const freePorts = async (count: number): Promise<readonly number[]> => {
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 12_000);
    const ports = Array.from({ length: count }, (_, index) => base + index);
    if (!(await Promise.all(ports.map(isTaken))).includes(true)) return ports;
  }
};

const startCluster = async (): Promise<GaleraCluster> => {
  const server = findProgram('mariadbd');
  const installer = findProgram('mariadb-install-db');
  if (server === undefined || installer === undefined || provider === undefined)
    throw new Error(galeraMissing ?? '');
  const folder = await mkdtemp(join(tmpdir(), 'portico-galera-')); // short: paths of sockets end at 107 characters
  const isRoot = process.getuid?.() === 0;
  const asUser = isRoot ? ['--user=mysql'] : [];
  if (isRoot) {
    const { uid, gid } = await systemUser('mysql');
    await chown(folder, uid, gid);
  }
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'watchdog', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // Ctrl-C must not end the watchdog before its work is done
  });
  watchdog.unref();
  (watchdog.stdin as unknown as { unref(): void }).unref();

  const dataOf = (number: number): string => join(folder, `data${String(number)}`);
  const ports = await freePorts(12);
  const portsOf = (number: number): Ports => {
    const [sql = 0, group = 0, increments = 0, snapshot = 0] = ports.slice((number - 1) * 4);
    return { sql, group, increments, snapshot };
  };
  const members = [1, 2, 3].map((number) => `127.0.0.1:${String(portsOf(number).group)}`).join(',');

  const command = (number: number): readonly string[] => {
    const { sql, group, increments, snapshot } = portsOf(number);
    const providerOptions = [
      `base_port=${String(group)}`,
      `gmcast.listen_addr=tcp://127.0.0.1:${String(group)}`,
      `ist.recv_addr=127.0.0.1:${String(increments)}`,
      ...PROVIDER_SETTINGS,
    ];
    return [
      '--no-defaults',
      `--datadir=${dataOf(number)}`,
      `--port=${String(sql)}`,
      `--socket=${join(folder, `socket${String(number)}`)}`,
      `--pid-file=${join(folder, `pid${String(number)}`)}`,
      `--wsrep-provider=${provider}`,
      `--wsrep-cluster-address=gcomm://${members}`,
      `--wsrep-node-name=node${String(number)}`,
      `--wsrep-node-address=127.0.0.1:${String(group)}`,
      `--wsrep-sst-receive-address=127.0.0.1:${String(snapshot)}`,
      `--wsrep-provider-options=${providerOptions.join(';')}`,
      ...SETTINGS,
      ...asUser,
    ];
  };

  const nodeOf = (number: number) => {
    const { sql: port } = portsOf(number);
    const url = (database: string): string => `mysql://root@127.0.0.1:${String(port)}/${database}`;
    const log = join(folder, `log${String(number)}`);
    let pid = 0;
    let isAlive = false;

    /**
     * How far its own data goes, as the unit of systemd asks before it starts a node: who died has not written it down, and
     * would be given all data anew instead of what it has missed.
     */
    const position = async (): Promise<string> => {
      const recovery = join(folder, `recovery${String(number)}.log`);
      await run(server, [...command(number), '--wsrep-recover', `--log-error=${recovery}`]);
      const [, found] = /Recovered position: (\S+)/.exec(await readFile(recovery, 'utf8')) ?? [];
      if (found === undefined) throw new Error(`node ${String(number)} does not know how far its data goes`);
      return found;
    };

    const launch = async (...more: readonly string[]): Promise<void> => {
      const output = await open(log, 'a');
      const child = spawn(server, [...command(number), ...more], {
        stdio: ['ignore', output.fd, output.fd],
        detached: true, // a process group of its own, with the programs that it starts
      });
      await output.close();
      child.unref();
      isAlive = true;
      child.once('exit', () => {
        isAlive = false;
      });
      pid = child.pid ?? 0;
      watchdog.stdin.write(`${String(pid)}\n`);
    };

    const status: GaleraNode['status'] = async (name) => {
      const probe = new Sequelize(url(''), { logging: false, dialectOptions: { connectTimeout: 1_000 } });
      try {
        const [row] = await probe.query<{ readonly Value: string }>(`SHOW GLOBAL STATUS LIKE '${name}'`, {
          type: QueryTypes.SELECT,
        });
        return row?.Value ?? null;
      } catch {
        return null;
      } finally {
        await probe.close();
      }
    };

    const ready = async (): Promise<void> => {
      const deadline = Date.now() + 120_000;
      while (
        (await status('wsrep_local_state_comment')) !== 'Synced' ||
        (await status('wsrep_ready')) !== 'ON'
      ) {
        if (!isAlive || Date.now() > deadline) {
          const lines = (await readFile(log, 'utf8')).split('\n').filter((line) => line.includes('[ERROR]'));
          throw new Error(`node ${String(number)} of Galera did not start:\n${lines.slice(-3).join('\n')}`);
        }
        await sleep(100);
      }
    };

    const waitFor = async (name: `wsrep_${string}`, value: string): Promise<void> => {
      while ((await status(name)) !== value) await sleep(50);
    };
    const isolate = (isolated: 0 | 1): Promise<unknown> =>
      administer(url(''), `SET GLOBAL wsrep_provider_options = 'gmcast.isolate=${String(isolated)}'`);

    const node: GaleraNode = {
      number,
      port,
      url,
      signal: async (signal) => {
        process.kill(pid, `SIG${signal}`);
        while (isAlive && (signal === 'KILL' || signal === 'TERM')) await sleep(10);
        if (signal === 'STOP') await untilStopped(pid);
      },
      start: async () => {
        if (isAlive) throw new Error(`node ${String(number)} is running`);
        await launch(`--wsrep-start-position=${await position()}`);
        await ready();
      },
      cutOff: async () => {
        await isolate(1);
        await waitFor('wsrep_ready', 'OFF');
      },
      rejoin: async () => {
        await isolate(0);
        await ready();
      },
      status,
      ready,
    };
    return { node, launch };
  };

  await run(installer, [
    '--no-defaults',
    `--datadir=${dataOf(1)}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    ...asUser,
  ]);
  for (const number of [2, 3]) await run('cp', ['-a', dataOf(1), dataOf(number)]);
  const [one, two, three] = [nodeOf(1), nodeOf(2), nodeOf(3)] as const;
  // One after another: who joins is given its data by a node that is ready.
  await one.launch('--wsrep-new-cluster');
  await one.node.ready();
  await two.launch();
  await two.node.ready();
  await three.launch();
  await three.node.ready();
  const nodes = [one.node, two.node, three.node] as const;
  return {
    nodes,
    url: (database, first = 1) => {
      const order = [...nodes.slice(first - 1), ...nodes.slice(0, first - 1)];
      return `mysql://root@${order.map(({ port }) => `127.0.0.1:${String(port)}`).join(',')}/${database}`;
    },
  };
};

let cluster: Promise<GaleraCluster> | undefined;

/** Returns the run's cluster of three nodes, started on first use. A test that damages a node must repair it. */
export const galeraCluster = (): Promise<GaleraCluster> => (cluster ??= startCluster());

/** An empty database of its own on the run's cluster. */
export const createGaleraDatabase = async (): Promise<TestDatabase> => {
  const { nodes, url } = await galeraCluster();
  const name = databaseName();
  const admin = (sql: string): Promise<unknown> => administer(nodes[0].url('mysql'), sql);
  await admin(`CREATE DATABASE ${name}`);
  return {
    url: url(name),
    nodeUrls: nodes.map(({ number }) => url(name, number)),
    admin,
    drop: async () => {
      await admin(`DROP DATABASE ${name}`);
    },
  };
};
