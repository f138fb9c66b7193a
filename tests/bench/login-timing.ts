// Whether the time of a log-in tells an unknown name from a known one with a wrong password: a rank test of Mann and
// Whitney over many tries of each, in random order, one after the other.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../support/server-process.js';

const TRIES = 400;
/** Of the usual 12: the less of the time goes into the hash, the clearer is every other difference. */
const BCRYPT_COST = '6';
const KNOWN = 'ada@shop.test';
/** A name of its own each time, as a list of addresses would be tried; as long as the known one. */
const unknown = (at: number): string => `${at.toString(36).padStart(3, '0')}@shop.test`;

const folder = await mkdtemp(join(tmpdir(), 'portico-bench-'));
const server = await startServer({ cwd: folder, environment: { BCRYPT_COST, LOG_LEVEL: 'silent' } });

const post = (path: string, json: unknown): Promise<Response> =>
  fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(json),
  });

const timeOf = async (email: string): Promise<number> => {
  const start = performance.now();
  const answer = await post('/auth/login', { email, password: 'not the right password' });
  await answer.text();
  if (answer.status !== 401) throw new Error(`POST /auth/login: ${answer.status}`);
  return performance.now() - start;
};

const medianOf = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;

/** Abramowitz and Stegun 7.1.26: the error function, to seven digits. */
const erf = (x: number): number => {
  const t = 1 / (1 + 0.3275911 * x);
  const series =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return 1 - series * Math.exp(-x * x);
};

/** U, and the chance of one as far from its mean when both samples are of one kind (normal approximation; no ties). */
const mannWhitney = (some: readonly number[], others: readonly number[]) => {
  const u = some.reduce((sum, one) => sum + others.filter((other) => other < one).length, 0);
  const [n, m] = [some.length, others.length];
  const z = Math.abs(u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12);
  return { u, z, p: 1 - erf(z / Math.SQRT2), effect: u / (n * m) };
};

try {
  await post('/auth/signup', { name: 'Ada', email: KNOWN, password: 'a long enough password' });
  for (let at = 0; at < 50; at += 1) await timeOf(at % 2 === 0 ? KNOWN : unknown(at)); // warms up
  const times = { known: [] as number[], unknown: [] as number[] };
  while (times.known.length < TRIES || times.unknown.length < TRIES) {
    const kind = Math.random() < 0.5 ? 'known' : 'unknown';
    if (times[kind].length === TRIES) continue;
    const name = kind === 'known' ? KNOWN : unknown(100 + times.unknown.length);
    times[kind].push(await timeOf(name));
  }
  const { u, z, p, effect } = mannWhitney(times.unknown, times.known);
  console.log(
    `POST /auth/login, refused, SQLite, BCRYPT_COST=${BCRYPT_COST}, ${TRIES} tries of each:\n` +
      `  median ${medianOf(times.unknown).toFixed(3)} ms for an unknown name, ${medianOf(times.known).toFixed(3)} ms for a wrong password\n` +
      `  U = ${u}, z = ${z.toFixed(2)}, p = ${p.toFixed(3)}; an unknown name took longer in ${(100 * effect).toFixed(1)} % of all pairs`,
  );
} finally {
  await server.stop();
  await rm(folder, { recursive: true });
}
