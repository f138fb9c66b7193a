import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { IdempotencyKey } from '#src/platform/idempotency/idempotency-store.js';
import { sequelizeIdempotencyStore } from '#src/platform/idempotency/sequelize-idempotency-store.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../../support/databases.js';

onEverySqlDatabase('The statements of an Idempotency-Key', (name) => {
  let database: OpenDatabase;
  let statements: string[];
  before(async () => {
    database = await openSqlDatabase(name);
    database.sequelize.options.logging = (sql) => statements.push(sql);
  });
  after(() => database.close());

  const caller = randomUUID();
  let keys = 0;
  const aKey = (at = new Date()): IdempotencyKey => {
    keys += 1;
    return { id: String(keys).padStart(64, '0'), caller, fingerprint: 'f'.repeat(64), at, quota: 1_000_000 };
  };
  /** What the work says of keys, and of what they have used. */
  const said = async (
    work: (idempotency: ReturnType<typeof sequelizeIdempotencyStore>) => Promise<unknown>,
  ) => {
    statements = [];
    await database.transact((scope) => work(sequelizeIdempotencyStore(scope)));
    return statements
      .map((sql) => /(?:INSERT|UPDATE|DELETE|SELECT)\b.*?\bidempotency_\w+/s.exec(sql)?.[0])
      .filter((sql) => sql !== undefined)
      .map((sql) => `${sql.slice(0, 6)} ${/\w+$/.exec(sql)?.[0] ?? ''}`);
  };
  const answer = async (idempotency: ReturnType<typeof sequelizeIdempotencyStore>): Promise<void> => {
    const key = aKey();
    await idempotency.claim(key);
    await idempotency.complete(key, { status: 204, headers: {} }, null);
  };

  it('The statements of an Idempotency-Key are three, once a reply is stored for the caller: a claim, the reply, and its bytes', async () => {
    await said(answer);
    expect(await said(answer)).to.deep.equal([
      'INSERT idempotency_keys',
      'UPDATE idempotency_keys',
      'UPDATE idempotency_usage',
    ]);
  });

  it('The statements of an Idempotency-Key are as many when a hundred replies are stored, and sum nothing up', async () => {
    await database.transact(async (scope) => {
      for (let kept = 0; kept < 100; kept += 1) await answer(sequelizeIdempotencyStore(scope));
    });
    expect(await said(answer)).to.have.length(3);
    expect(statements.join()).not.to.match(/\bSUM\b/i);
  });

  it('The statements of an Idempotency-Key read no reply to purge a batch', async () => {
    await said((idempotency) => idempotency.purge(new Date(Date.now() + 60_000), 100));
    const reads = statements.filter((sql) => sql.includes('SELECT'));
    expect(reads).to.have.length(1);
    expect(reads[0]).not.to.match(/\breply\b/);
    expect(statements.length).to.be.below(8);
  });
});
