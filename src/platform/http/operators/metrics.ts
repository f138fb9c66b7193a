import { performance } from 'node:perf_hooks';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { OverloadObserver } from '../overload/overload.js';
import type { ReplyCacheStats } from '../../reply-cache/reply-cache.js';
import type { SearchObserver } from '../../search-places.js';
import { CIRCUIT_STATES, type CircuitReading } from '../services/circuit.js';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export interface RequestLabels {
  readonly method: string;
  /** The route's path pattern, never the path itself: each label value is a time series of its own. */
  readonly route: string;
  readonly status: number;
}

export interface HttpMetrics {
  readonly contentType: string;
  observe(labels: RequestLabels, seconds: number): void;
  readonly searches: SearchObserver;
  readonly overload: OverloadObserver;
  /** Measures a cache of replies. */
  cache(stats: () => ReplyCacheStats): void;
  /** Measures the circuits to other processes of the shop. */
  circuits(readings: readonly CircuitReading[]): void;
  /** Returns the measurements in the Prometheus text format, at most a second old. */
  render(): Promise<string>;
}

let ofProcess: Registry | undefined;

/** Collects the metrics of the process, which all its shops share; the collectors can't be removed again. */
const processRegistry = (): Registry => {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
};

const FRESH_FOR_MS = 1000;

/** Registers what is asked for when the metrics are rendered, since a hit must cost almost nothing. */
const registerCache = (registry: Registry, stats: () => ReplyCacheStats): void => {
  const registers = [registry];
  const counter = (name: string, help: string, count: () => number): Counter =>
    new Counter({
      ...{ name, help, registers },
      collect() {
        this.reset();
        this.inc(count());
      },
    });
  counter('catalog_cache_hits_total', 'Number of reads answered from the cache', () => stats().hits);
  counter('catalog_cache_misses_total', 'Number of reads that filled the cache', () => stats().misses);
  new Gauge({
    ...{ name: 'catalog_cache_bytes', help: 'Size of the cached responses', registers },
    collect() {
      this.set(stats().bytes);
    },
  });
  new Gauge({
    name: 'catalog_cache_looked_seconds',
    help: 'Time since the last successful look for changes of other processes; 0 if there was none',
    registers,
    aggregator: 'max',
    collect() {
      this.set((stats().lookedMsAgo ?? 0) / 1000);
    },
  });
};

const registerCircuits = (registry: Registry, readings: readonly CircuitReading[]): void => {
  new Gauge({
    name: 'service_circuit_state',
    help: 'Number of processes of this server whose circuit to a service is in that state',
    labelNames: ['service', 'state'],
    registers: [registry],
    collect() {
      for (const { service, state } of readings)
        for (const each of CIRCUIT_STATES) this.set({ service, state: each }, each === state() ? 1 : 0);
    },
  });
  new Counter({
    name: 'service_attempts_refused_total',
    help: 'Number of attempts to reach a service that were not made because its circuit was open',
    labelNames: ['service'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { service, refused } of readings) this.inc({ service }, refused());
    },
  });
};

/** Returns a function that returns the metrics of all processes that serve on one port, of which this one has those registries. */
export type MetricsTogether = (registries: readonly Registry[]) => () => Promise<string>;

/**
 * Creates the metrics. `clock` returns the milliseconds of a monotonic clock. While `together` fails, they are those of this process.
 */
export const createMetrics = (
  clock: () => number = () => performance.now(),
  together?: MetricsTogether,
): HttpMetrics => {
  const registry = new Registry();
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the arrival of a request to the end of its response',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const running = new Gauge({
    name: 'searches_running',
    help: 'Number of running searches',
    registers: [registry],
  });
  const refused = new Counter({
    name: 'searches_refused_total',
    help: 'Number of searches refused with 503, by code',
    labelNames: ['code'],
    registers: [registry],
  });
  for (const code of ['search_busy', 'search_timed_out']) refused.inc({ code }, 0);
  const overloaded = new Counter({
    name: 'requests_refused_total',
    help: 'Number of requests refused with 503 because too many were in flight',
    registers: [registry],
  });
  const renderOwn = async (): Promise<string> =>
    `${await processRegistry().metrics()}\n${await registry.metrics()}`;
  const renderTogether = together?.([processRegistry(), registry]);
  const renderNow = (): Promise<string> => renderTogether?.().catch(renderOwn) ?? renderOwn();
  let rendering: Promise<string> | undefined;
  let staleAt = 0;
  return {
    contentType: registry.contentType,
    observe: ({ method, route, status }, seconds) => {
      duration.observe({ method: METHODS.has(method) ? method : 'other', route, status }, seconds);
    },
    searches: {
      running: (count) => {
        running.set(count);
      },
      refused: (code) => {
        refused.inc({ code });
      },
    },
    overload: {
      refused: () => {
        overloaded.inc();
      },
      watch: (inFlight, limit) => {
        const gauge = (name: string, help: string, now: () => number): void => {
          new Gauge({
            ...{ name, help, registers: [registry] },
            collect() {
              this.set(now());
            },
          });
        };
        gauge('requests_in_flight', 'Number of requests that are being processed', inFlight);
        gauge('requests_in_flight_limit', 'Number of requests that may be in flight now', limit);
      },
    },
    cache: (stats) => {
      registerCache(registry, stats);
    },
    circuits: (readings) => {
      if (readings.length > 0) registerCircuits(registry, readings);
    },
    // Rendering takes milliseconds of CPU, during which no other request is served, and any client may ask.
    render: () => {
      if (rendering === undefined || clock() >= staleAt) {
        staleAt = clock() + FRESH_FOR_MS;
        rendering = renderNow();
      }
      return rendering;
    },
  };
};
