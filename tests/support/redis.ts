import { Redis } from 'ioredis';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from './eventually.js';
import { findProgram } from './installed-programs.js';
import { start } from './started-processes.js';
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
  let server: ChildProcess | undefined;
  return {
    url,
    start: async () => {
      const settings = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', '/tmp'];
      server = start(binary, settings, { stdio: 'ignore' });
      const answers = () => asking(url, (redis) => redis.ping()).catch(() => null);
      await eventually(answers, 'an answer of Redis');
    },
    kill: async () => {
      const ended = server && once(server, 'exit');
      server?.kill('SIGKILL');
      await ended;
    },
    signal: (signal) => {
      server?.kill(`SIG${signal}`);
    },
    keys: () => asking(url, (redis) => redis.keys('*')),
  };
};

/** Describes behaviour, each test with a Redis of its own; without one it is skipped by name, and fails on CI. */
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
    beforeEach(async () => {
      redis = await redisServer(program);
      await redis.start();
    });
    body(() => redis);
  });
};
