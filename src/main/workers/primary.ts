// The process that starts, replaces and ends the workers. It serves no request and knows no database: it counts for the rate limits of the
// workers, and adds up their metrics.
import cluster from 'node:cluster';
import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';
import { AggregatorRegistry } from 'prom-client';
import { RateLimiterClusterMaster } from 'rate-limiter-flexible';
import { createLogger, levelOf, logSettled, standardError } from '#src/platform/logger.js';
import { stopSignals } from '../stopping.js';
import { announcementText, type Announcement } from './announcement.js';
import type { FromWorker, ToWorker } from './messages.js';
import { supervise, type Worker } from './supervise.js';
import { isSupervised, onOrphaned } from './supervised.js';
import { announceServing } from './worker.js';

const exit = (code: number): void => void logSettled().then(() => process.exit(code));

/** Collects the metrics of all workers for the one that was asked for them. */
const collectMetrics = (): ((worker: ReturnType<typeof cluster.fork>, id: number) => void) => {
  const together = new AggregatorRegistry();
  const send = (worker: ReturnType<typeof cluster.fork>, message: ToWorker): void => {
    if (worker.isConnected()) worker.send(message);
  };
  return (worker, id) => {
    together.clusterMetrics().then(
      (text) => {
        send(worker, { kind: 'metrics', id, text });
      },
      () => {
        send(worker, { kind: 'metrics', id, text: null });
      },
    );
  };
};

const forkWorker = (collect: ReturnType<typeof collectMetrics>): Worker<Announcement> => {
  const worker = cluster.fork();
  // A message to a worker that is about to end fails; `exit` follows, and without a listener this process would end.
  worker.on('error', () => undefined);
  return {
    pid: worker.process.pid ?? 0,
    serving: new Promise((resolve) => {
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'serving') resolve(message.announcement);
        if (message.kind === 'metrics') collect(worker, message.id);
      });
    }),
    ended: new Promise((resolve) => {
      worker.once('exit', (code: number | null, signal: string | null) => {
        resolve({ code, signal });
      });
    }),
    retire: () => {
      const message: ToWorker = { kind: 'retire' };
      if (worker.isConnected()) worker.send(message);
    },
    kill: (signal) => {
      worker.process.kill(signal);
    },
  };
};

/** The variables that the primary process reads; the workers check them. */
export interface PrimaryVariables {
  readonly SERVICE?: string | undefined;
  readonly LOG_LEVEL?: string | undefined;
}

/** Serves the shop, or a service of it, by so many processes, until a signal stops it. */
export const runPrimary = (count: number, { SERVICE: service = '', LOG_LEVEL }: PrimaryVariables): void => {
  const logger = createLogger(levelOf(LOG_LEVEL), standardError(), service === '' ? null : { service });
  // The counts of the rate limits are here, so that they are those of all workers, and outlive each of them.
  new RateLimiterClusterMaster();
  const collect = collectMetrics();
  const supervisor = supervise({
    count,
    fork: () => forkWorker(collect),
    announce: (announcement) => {
      if (isSupervised()) announceServing(announcement);
      else process.stdout.write(announcementText(announcement, [['Workers', String(count)]]));
    },
    logger,
    after: (ms, call) => void setTimeout(call, ms),
    clock: () => performance.now(),
    exit,
  });
  const stop = stopSignals({
    hearsTwice: process.env['npm_lifecycle_event'] !== undefined,
    begin: supervisor.stop,
    insist: (signal) => {
      for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL');
      process.exit(128 + constants.signals[signal]);
    },
  });
  if (isSupervised())
    onOrphaned(() => {
      stop('SIGTERM');
    });
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // A terminal that closes sends the same signal.
  process.on('SIGHUP', (signal) => {
    if (process.stdout.isTTY) stop(signal);
    else supervisor.reload();
  });
};
