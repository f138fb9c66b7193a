import { Redis } from 'ioredis';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from './eventually.js';
import { findProgram } from './installed-programs.js';
import { freePort } from './throwaway-server.js';

const program = findProgram('redis-server');

/** A Redis that holds nothing but what tests put there. */
export interface RedisServer {
  readonly url: string;
  /** Starts it, on the same port as before; resolves when it answers. */
  start(): Promise<void>;
  /** Ends it as a crash would, with all that it holds. */
  kill(): Promise<void>;
  /** `STOP` freezes it until `CONT`: it keeps its connections and says nothing. */
  signal(signal: 'STOP' | 'CONT'): void;
  /** All of its keys. */
  keys(): Promise<readonly string[]>;
}

/** Runs the server and kills it when its standard input ends: that of this process does, however it ends. */
const WATCHDOG = `"$@" >/dev/null 2>&1 & echo $!; while read -r _; do :; done; kill -s KILL $!`;

const asking = async <T>(url: string, ask: (redis: Redis) => Promise<T>): Promise<T> => {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await ask(redis);
  } finally {
    redis.disconnect();
  }
};

const redisServer = async (binary: string): Promise<RedisServer> => {
  const port = String(await freePort());
  const url = `redis://127.0.0.1:${port}`;
  let watchdog: ChildProcess | undefined;
  let server = 0;
  return {
    url,
    start: async () => {
      const settings = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', '/tmp'];
      const child = spawn('/bin/sh', ['-c', WATCHDOG, 'watchdog', binary, ...settings], {
        stdio: ['pipe', 'pipe', 'ignore'],
        detached: true, // Ctrl-C must not end the watchdog before its work is done
      });
      watchdog = child;
      const [pid] = (await once(child.stdout, 'data')) as [Buffer];
      server = Number(pid.toString());
      const answers = () => asking(url, (redis) => redis.ping()).catch(() => null);
      await eventually(answers, 'an answer of Redis');
    },
    kill: async () => {
      const ended = watchdog && once(watchdog, 'close');
      watchdog?.stdin?.end();
      await ended;
    },
    signal: (signal) => {
      process.kill(server, `SIG${signal}`);
    },
    keys: () => asking(url, (redis) => redis.keys('*')),
  };
};

/** Describes behaviour with a Redis of its own; without one it is skipped by name, and fails on CI. */
export const onRedis = (title: string, body: (redis: () => RedisServer) => void): void => {
  if (program === undefined) {
    const reason = `${title} on Redis: no redis-server found`;
    if (process.env['CI'] === 'true')
      it(reason, () => {
        throw new Error(reason);
      });
    else it.skip(reason);
    return;
  }
  describe(`${title} on Redis`, () => {
    let redis: RedisServer;
    before(async () => {
      redis = await redisServer(program);
      await redis.start();
    });
    after(() => redis.kill());
    body(() => redis);
  });
};
