// Whether log-ins of one's own accounts keep others out: four accounts with right passwords and six requests each in
// flight, from one address and from four, and 15 customers who log in beside them, each from an address of their own. One
// server process with the embedded database and passwords of the usual cost; limits are off, so that the queue is all there is.
import { Agent, request } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startServer } from '../support/server-process.js';

const ACCOUNTS = 4;
const IN_FLIGHT = 6;
const VICTIMS = 15;
const PASSWORD = 'a long enough password';

const folder = await mkdtemp(join(tmpdir(), 'portico-bench-'));
const environment = { BCRYPT_COST: '12', LOG_LEVEL: 'silent', TRUST_PROXY: '1', RATE_LIMITS: 'off' };
const server = await startServer({ cwd: folder, environment });
const agent = new Agent({ keepAlive: true });

const post = (path: string, from: string, json: unknown): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json', 'X-Forwarded-For': from };
    const sent = request(`${server.url}${path}`, { method: 'POST', headers, agent }, (response) => {
      response.resume().on('end', () => {
        resolve(response.statusCode ?? 0);
      });
    });
    sent.on('error', reject).end(JSON.stringify(json));
  });

const signUp = async (email: string): Promise<string> => {
  const status = await post('/auth/signup', '203.0.113.1', { name: 'Ada', email, password: PASSWORD });
  if (status !== 201) throw new Error(`POST /auth/signup: ${status}`);
  return email;
};

const logIn = (email: string, from: string): Promise<number> =>
  post('/auth/login', from, { email, password: PASSWORD });

/** Logs in again and again from everywhere at once; whoever is refused asks again after a moment. */
const attack = (accounts: readonly string[], addressOf: (account: number) => string) => {
  const seen = new Map<number, number>();
  let over = false;
  let full = (): void => undefined;
  const refused = new Promise<void>((resolve) => (full = resolve));
  const again = async (email: string, from: string): Promise<void> => {
    while (!over) {
      const status = await logIn(email, from);
      seen.set(status, (seen.get(status) ?? 0) + 1);
      if (status !== 503) continue;
      full();
      await wait(10);
    }
  };
  const loops = accounts.flatMap((email, at) =>
    Array.from({ length: IN_FLIGHT }, () => again(email, addressOf(at))),
  );
  return {
    seen,
    refused: Promise.race([refused, wait(10_000, undefined, { ref: false })]),
    end: async () => {
      over = true;
      await Promise.all(loops);
    },
  };
};

const told = (statuses: ReadonlyMap<number, number>): string =>
  [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ');

try {
  const accounts: string[] = [];
  const victims: string[] = [];
  for (let at = 0; at < ACCOUNTS; at += 1) accounts.push(await signUp(`own-${at}@shop.test`));
  for (let at = 0; at < VICTIMS; at += 1) victims.push(await signUp(`victim-${at}@shop.test`));
  for (const networks of [1, ACCOUNTS]) {
    const { seen, refused, end } = attack(accounts, (account) => `192.0.2.${account % networks}`);
    await refused;
    const [statuses, times] = [new Map<number, number>(), [] as number[]];
    for (const [at, victim] of victims.entries()) {
      const start = performance.now();
      const status = await logIn(victim, `198.51.100.${at}`);
      times.push(performance.now() - start);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    await end();
    times.sort((a, b) => a - b);
    const [median, worst] = [times[Math.floor(times.length / 2)] ?? NaN, times.at(-1) ?? NaN];
    console.log(
      `${ACCOUNTS} accounts × ${IN_FLIGHT} log-ins in flight from ${networks} network(s), SQLite, ${availableParallelism()} cores:\n` +
        `  ${VICTIMS} victims, one after the other, got ${told(statuses)}; median ${median.toFixed(0)} ms, worst ${worst.toFixed(0)} ms\n` +
        `  the attacker got ${told(seen)}`,
    );
    if (statuses.get(200) !== VICTIMS) process.exitCode = 1;
  }
} finally {
  agent.destroy();
  await server.stop();
  await rm(folder, { recursive: true });
}
