import cluster from 'node:cluster';
import { AggregatorRegistry, type Registry } from 'prom-client';
import type { Config } from '../config/index.js';
import type { Announcement } from './announcement.js';
import type { FromWorker, ToWorker } from './messages.js';

/** Returns whether this process is one of several that serve the shop under a primary process. */
export const isWorker = ({ workers }: Pick<Config, 'workers'>): boolean => workers > 1 && cluster.isWorker;

const tell = (message: FromWorker): void => void process.send?.(message);

const onMessage = (listen: (message: ToWorker) => void): void => {
  process.on('message', (message: ToWorker) => {
    listen(message);
  });
};

/** Tells the process that has started this one that it serves. */
export const announceServing = (announcement: Announcement): void => {
  tell({ kind: 'serving', announcement });
};

/** Calls back when another worker has taken the place of this one. */
export const onRetire = (retire: () => void): void => {
  onMessage(({ kind }) => {
    if (kind === 'retire') retire();
  });
};

/** The primary process waits for every worker, of which one may be busy. */
const METRICS_WITHIN_MS = 1_000;

/** Returns a function that returns the metrics of all workers together; it rejects if they can't be collected in time. */
export const metricsOfWorkers = (registries: readonly Registry[]): (() => Promise<string>) => {
  AggregatorRegistry.setRegistries([...registries]);
  new AggregatorRegistry(); // answers the primary process from now on
  const waiting = new Map<number, (text: string | null) => void>();
  let asked = 0;
  onMessage((message) => {
    if (message.kind === 'metrics') waiting.get(message.id)?.(message.text);
  });
  return async () => {
    const id = (asked += 1);
    let timer: NodeJS.Timeout | undefined;
    const text = await new Promise<string | null>((resolve) => {
      waiting.set(id, resolve);
      timer = setTimeout(resolve, METRICS_WITHIN_MS, null);
      tell({ kind: 'metrics', id });
    });
    clearTimeout(timer);
    waiting.delete(id);
    if (text === null) throw new Error('the metrics of the other workers did not arrive');
    return text;
  };
};
