import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloudEvent } from '#src/platform/broker/cloud-event.js';
import { eventually } from './eventually.js';
import { findProgram } from './installed-programs.js';
import { start } from './started-processes.js';
import { freePort, untilStopped } from './throwaway-server.js';

const program = findProgram('nats-server');

/** What a stream of a broker keeps. */
export interface Kept {
  readonly subject: string;
  readonly contentType: string;
  readonly event: CloudEvent;
}

/** A NATS server with JetStream, whose data survives that it is killed. */
export interface NatsServer {
  readonly url: string;
  /** Starts it, on the same port as before; resolves when it accepts connections. */
  start(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Freezes it while `act` runs: it keeps its connections and says nothing. */
  whileFrozen<T>(act: () => Promise<T>): Promise<T>;
  /** Returns everything in a stream, in its order. */
  kept(stream: string): Promise<readonly Kept[]>;
  close(): Promise<void>;
}

const natsServer = async (binary: string, login: { readonly user: string; readonly pass: string }) => {
  const folder = await mkdtemp(join(tmpdir(), 'portico-nats-'));
  const port = String(await freePort());
  const address = `127.0.0.1:${port}`;
  let server: ChildProcess | undefined;
  const connected = async <T>(use: (connection: NatsConnection) => Promise<T>): Promise<T> => {
    const connection = await connect({ servers: address, ...login, reconnect: false });
    try {
      return await use(connection);
    } finally {
      await connection.close();
    }
  };
  const kill = async (): Promise<void> => {
    const ended = server?.exitCode === null && server.signalCode === null ? once(server, 'exit') : null;
    server?.kill('SIGKILL');
    await ended;
  };
  const made: NatsServer = {
    url: `nats://${login.user}:${encodeURIComponent(login.pass)}@${address}`,
    start: async () => {
      const settings = ['--jetstream', '--store_dir', folder, '--addr', '127.0.0.1', '--port', port];
      server = start(binary, [...settings, '--user', login.user, '--pass', login.pass], { stdio: 'ignore' });
      const accepts = () =>
        connected((connection) => jetstreamManager(connection).then(() => true)).catch(() => false);
      await eventually(accepts, 'a connection to NATS');
    },
    kill,
    whileFrozen: async (act) => {
      server?.kill('SIGSTOP');
      await untilStopped(server?.pid ?? 0);
      try {
        return await act();
      } finally {
        server?.kill('SIGCONT');
      }
    },
    kept: (stream) =>
      connected(async (connection) => {
        const { streams } = await jetstreamManager(connection);
        const { state } = await streams.info(stream);
        const kept: Kept[] = [];
        if (state.messages === 0) return kept;
        const consumer = await jetstream(connection).consumers.get(stream);
        for await (const message of await consumer.consume()) {
          kept.push({
            subject: message.subject,
            contentType: message.headers?.get('Content-Type') ?? '',
            event: message.json<CloudEvent>(),
          });
          if (message.info.pending === 0) break;
        }
        return kept;
      }),
    close: async () => {
      await kill();
      await rm(folder, { recursive: true });
    },
  };
  return made;
};

/** Describes behaviour, each test with a NATS server of its own; without one it is skipped by name, and fails on CI. */
export const onNats = (title: string, body: (nats: () => NatsServer) => void): void => {
  if (program === undefined) {
    const reason = `${title} on NATS: no nats-server found`;
    if (process.env['CI'] === 'true')
      it(reason, () => {
        throw new Error(reason);
      });
    else it.skip(reason);
    return;
  }
  describe(`${title} on NATS`, () => {
    let nats: NatsServer;
    beforeEach(async () => {
      nats = await natsServer(program, { user: 'shop', pass: 'a pass/word' });
      await nats.start();
    });
    afterEach(() => nats.close());
    body(() => nats);
  });
};
