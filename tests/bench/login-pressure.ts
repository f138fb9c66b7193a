// What log-ins that wait for their hash cost everybody else: GET /products/:id on an idle server and beside 200 log-ins,
// in turn, on one server process with the embedded database and passwords of the usual cost.
import { Agent, request } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startServer } from '../support/server-process.js';

const ROUNDS = 4;
const READS = 300;
const CLIENTS = 200;
const WARM_UP = 500;
const PROMISED = 2;

const folder = await mkdtemp(join(tmpdir(), 'portico-bench-'));
const server = await startServer({ cwd: folder, environment: { BCRYPT_COST: '12', LOG_LEVEL: 'silent' } });
const agent = new Agent({ keepAlive: true });

interface Answered {
  readonly status: number;
  readonly retryAfter: number;
  readonly body: string;
}

const send = (method: string, path: string, json?: unknown): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const headers = json === undefined ? {} : { 'Content-Type': 'application/json' };
    const sent = request(`${server.url}${path}`, { method, headers, agent }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, retryAfter: Number(headers['retry-after']), body });
      });
    });
    sent.on('error', reject).end(json === undefined ? undefined : JSON.stringify(json));
  });

const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.floor((sorted.length - 1) * part)] ?? NaN;

/** Milliseconds of one read after the other. */
const read = async (path: string, count: number): Promise<readonly number[]> => {
  const times: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const start = performance.now();
    const { status } = await send('GET', path);
    times.push(performance.now() - start);
    if (status !== 200) throw new Error(`GET ${path}: ${status}`);
  }
  return times;
};

/** Clients who log in again and again, and wait as long as they are told to when there is no room for them. */
const pressure = () => {
  const seen = new Map<number, number>();
  let [stopping, stop] = [false, (): void => undefined];
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  let full = (): void => undefined;
  const refused = new Promise<void>((resolve) => (full = resolve));
  const client = async (): Promise<void> => {
    while (!stopping) {
      const credentials = { email: 'nobody@shop.test', password: 'a long enough password' };
      const { status, retryAfter } = await send('POST', '/auth/login', credentials);
      seen.set(status, (seen.get(status) ?? 0) + 1);
      if (status !== 503) continue;
      full();
      await Promise.race([wait(retryAfter * 1000, undefined, { ref: false }), stopped]);
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  return {
    seen,
    refused,
    end: async () => {
      stopping = true;
      stop();
      await Promise.all(clients);
    },
  };
};

const told = (name: string, times: readonly number[]): string => {
  const sorted = times.toSorted((a, b) => a - b);
  const [median, p95, worst] = [0.5, 0.95, 1].map((part) => quantile(sorted, part).toFixed(2));
  return `${name} median ${median} ms, 95 % within ${p95} ms, worst ${worst} ms`;
};

const medianOf = (times: readonly number[]): number =>
  quantile(
    times.toSorted((a, b) => a - b),
    0.5,
  );

try {
  const { items } = JSON.parse((await send('GET', '/products?limit=1')).body) as { items: { id: string }[] };
  const path = `/products/${items[0]?.id ?? ''}`;
  await read(path, WARM_UP);
  const [idle, pressed]: [number[], number[]] = [[], []];
  const answers = new Map<number, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    idle.push(...(await read(path, READS)));
    const { seen, refused, end } = pressure();
    await refused;
    pressed.push(...(await read(path, READS)));
    await end();
    for (const [status, count] of seen) answers.set(status, (answers.get(status) ?? 0) + count);
  }
  const ratio = medianOf(pressed) / medianOf(idle);
  const counts = [...answers].map(([status, count]) => `${count} × ${status}`).join(', ');
  console.log(
    `GET /products/:id, SQLite, ${ROUNDS * READS} reads each way, ${availableParallelism()} cores\n` +
      `  ${told('idle:', idle)}\n  ${told(`${CLIENTS} log-ins:`, pressed)}\n` +
      `  ratio of the medians ${ratio.toFixed(2)} (promised: at most ${PROMISED}); the log-ins got ${counts}`,
  );
  if (ratio > PROMISED) process.exitCode = 1;
} finally {
  agent.destroy();
  await server.stop();
  await rm(folder, { recursive: true });
}
