import { expect } from 'chai';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { swapSetting } from '#src/platform/database/shop-settings.js';
import { createLogger } from '#src/platform/logger.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { testShop } from '../support/test-shop.js';

onEverySqlDatabase('Processes that start on one database', (name) => {
  let database: OpenDatabase;
  beforeEach(async () => (database = await openSqlDatabase(name)));
  afterEach(() => database.close());

  /** What is logged while a process starts. */
  const start = async (environment: Record<string, string>): Promise<string> => {
    let log = '';
    const logger = createLogger('warn', { write: (line) => (log += line) });
    const shop = await testShop({
      environment: { DATABASE_URL: database.url, ...environment },
      overrides: { logger: () => logger },
    });
    await shop.close();
    return log;
  };
  /** What the last of them logs. */
  const startAll = async (...environments: Record<string, string>[]): Promise<string> => {
    let log = '';
    for (const environment of environments) log = await start(environment);
    return log;
  };
  const [A, B, C] = [generateSigningKey(), generateSigningKey(), generateSigningKey()];

  it('Processes that start on one database log no warning when they are alike', async () => {
    expect(await startAll({}, {})).to.equal('');
    expect(await startAll({ PUBLIC_URL: 'https://a.test' }, { PUBLIC_URL: 'https://a.test/' })).to.equal('');
  });

  for (const [before, after] of [
    [{}, { PUBLIC_URL: 'https://a.test' }],
    [{ PUBLIC_URL: 'https://a.test' }, {}],
    [{ PUBLIC_URL: 'https://a.test' }, { PUBLIC_URL: 'https://b.test' }],
  ] as Record<string, string>[][])
    it(`Processes that start on one database warn of another PUBLIC_URL, and only once: ${JSON.stringify([before, after])}`, async () => {
      expect(await startAll(before ?? {}, after ?? {}))
        .to.contain('PUBLIC_URL')
        .and.not.to.contain('JWT_PRIVATE_KEY');
      expect(await start(after ?? {})).to.equal('');
    });

  it('Processes that start on one database warn of keys of which one does not know what the other signs with', async () => {
    const keys = (...pems: string[]) => ({ JWT_PRIVATE_KEY: pems.join('') });
    for (const [before, after] of [
      [keys(A), keys(B)],
      [keys(A), keys(B, A)],
      [keys(A, B), keys(B)],
    ])
      expect(await startAll(before ?? {}, after ?? {}))
        .to.contain('JWT_PRIVATE_KEY')
        .and.not.to.contain('PUBLIC_URL');
  });

  it('Processes that start on one database log no warning while keys are rotated step by step', async () => {
    for (const pems of [[A], [A, B], [B, A], [B], [B, C], [C, B], [C]])
      expect(await start({ JWT_PRIVATE_KEY: pems.join('') })).to.equal('');
  });

  it('Processes that start on one database each get what another one has stored, when all of them store a setting at once', async () => {
    const values = ['1', '2', '3', '4', '5', '6'];
    const before = await Promise.all(
      values.map((value) => swapSetting(database.sequelize, 'a setting', value)),
    );
    const last = await swapSetting(database.sequelize, 'a setting', '7');
    expect([...before, last]).to.have.members([null, ...values]);
  });
});
