// What it costs that every request with a token reads its session: who a token stands for, with that read and by the token
// alone, one after the other in turn, beside the whole request of a customer for their cart.
import type { SessionRepository } from '#src/contexts/accounts/application/ports.js';
import { authenticate } from '#src/contexts/accounts/application/authenticate.js';
import { openSqlDatabase, type SqlDatabaseName } from '../support/databases.js';
import { testShop } from '../support/test-shop.js';

const TIMES = 3_000;

const medianOf = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;

const measure = async (name: SqlDatabaseName): Promise<string> => {
  const database = await openSqlDatabase(name);
  const shop = await testShop({ environment: { DATABASE_URL: database.url } });
  try {
    const { parts } = shop.shop;
    const { token } = await shop.signUp();
    const { sessions } = parts.contexts.accounts.queries;
    const deps = { accessTokens: parts.accessTokens, now: parts.now };
    const claim = deps.accessTokens.verify(token, deps.now());
    const holder = claim && (await sessions.findHolder(claim.sessionId));
    // Nothing else of a repository is asked for.
    const remembered = { findHolder: () => Promise.resolve(holder) } as unknown as SessionRepository;
    const kinds = {
      read: authenticate({ sessions, ...deps }),
      alone: authenticate({ sessions: remembered, ...deps }),
      whole: async () => (await shop.get('/cart', { token })).status === 200 || null,
    };
    const times = { read: [] as number[], alone: [] as number[], whole: [] as number[] };
    for (let time = 0; time < TIMES; time += 1)
      for (const kind of ['read', 'alone', 'whole'] as const) {
        const start = performance.now();
        if ((await kinds[kind](token)) === null) throw new Error(`${name}: the token is good for nothing`);
        times[kind].push(performance.now() - start);
      }
    const [read, alone, whole] = [medianOf(times.read), medianOf(times.alone), medianOf(times.whole)];
    const share = ((100 * (read - alone)) / whole).toFixed(0);
    return `  ${name}: ${(read - alone).toFixed(2)} ms (${read.toFixed(2)} with the read, ${alone.toFixed(2)} without), ${share} % of GET /cart (${whole.toFixed(2)} ms)`;
  } finally {
    await shop.close();
    await database.close();
  }
};

console.log(`The read of a session, medians of ${String(TIMES)}`);
for (const name of ['SQLite', 'MariaDB', 'PostgreSQL'] as const) console.log(await measure(name));
