import { expect } from 'chai';
import { pino } from 'pino';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { onEverySqlDatabase, openSqlDatabase, type OpenDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { onRedis } from '../support/redis.js';
import { testShop, type ShopUnderTest } from '../support/test-shop.js';

const KEY = generateSigningKey();
const MOST = 10;

let people = 0;
const anAccount = (): string => {
  people += 1;
  return `nobody-${String(people)}@shop.test`;
};

const failToLogIn = async (shop: ShopUnderTest, email: string): Promise<number> =>
  (await shop.post('/auth/login', { json: { email, password: 'not the right one' } })).status;

const refusedAfter = async (shop: ShopUnderTest, email: string): Promise<number> => {
  let tries = 0;
  while ((await failToLogIn(shop, email)) === 401) tries += 1;
  return tries;
};

const open = (environment: Record<string, string>, log: string[] = []): Promise<ShopUnderTest> =>
  testShop({
    environment: { RATE_LIMITS: 'on', JWT_PRIVATE_KEY: KEY, ...environment },
    overrides: { logger: () => pino({ level: 'info' }, { write: (line) => void log.push(line) }) },
  });

/** Two processes, as far as limits are concerned: nothing but their store connects them. */
const itSharesLimits = (openTwo: () => Promise<readonly [ShopUnderTest, ShopUnderTest]>): void => {
  it('A shared limit allows no further attempt at another process', async () => {
    const [one, other] = await openTwo();
    const account = anAccount();
    for (let tried = 0; tried < MOST / 2; tried += 1) {
      expect(await failToLogIn(one, account)).to.equal(401);
      expect(await failToLogIn(other, account)).to.equal(401);
    }
    expect(await failToLogIn(one, account)).to.equal(429);
    expect(await failToLogIn(other, account)).to.equal(429);
    expect(await failToLogIn(other, anAccount()), 'another account').to.equal(401);
    await Promise.all([one.close(), other.close()]);
  });
};

describe('Limits in the process', () => {
  it('Limits in the process are its own', async () => {
    const [one, other] = [await open({}), await open({})];
    const account = anAccount();
    expect(await refusedAfter(one, account)).to.equal(MOST);
    expect(await failToLogIn(other, account)).to.equal(401);
    await Promise.all([one.close(), other.close()]);
  });

  it('Limits in the process are on unless they are switched off', async () => {
    const shop = await open({});
    expect((await shop.get('/users/me')).headers['ratelimit']).to.match(/^"default";r=\d+;t=\d+$/);
    const off = await open({ RATE_LIMITS: 'off' });
    expect((await off.get('/users/me')).headers).not.to.have.property('ratelimit');
    const account = anAccount();
    for (let tried = 0; tried <= MOST; tried += 1) expect(await failToLogIn(off, account)).to.equal(401);
    await Promise.all([shop.close(), off.close()]);
  });
});

onEverySqlDatabase('Limits in the database', (name) => {
  let database: OpenDatabase;
  before(async () => (database = await openSqlDatabase(name, { migrated: false })));
  after(() => database.close());
  const shared = { RATE_LIMIT_STORE: 'database' };

  itSharesLimits(async () => {
    const environment = { ...shared, DATABASE_URL: database.url };
    return [await open(environment), await open(environment)];
  });
});

onRedis('Limits', (redis) => {
  const shared = () => ({ REDIS_URL: redis().url });

  itSharesLimits(async () => [await open(shared()), await open(shared())]);

  it('Limits in Redis contain neither users nor addresses', async () => {
    const shop = await open(shared());
    await failToLogIn(shop, 'ada@shop.test');
    const keys = await redis().keys();
    expect(keys.length).to.be.greaterThan(3);
    for (const key of keys) expect(key).to.match(/^portico:limit:[a-z-]+:[0-9a-f]{64}$/);
    await shop.close();
  });

  it('Limits in Redis go on in the process while Redis is away, and are shared again when it is back', async () => {
    const log: string[] = [];
    const says = (words: string) => () => log.some((line) => line.includes(words));
    const shop = await open(shared(), log);
    await redis().kill();
    const account = anAccount();
    expect(await refusedAfter(shop, account)).to.equal(MOST);
    expect((await shop.get('/products')).status).to.equal(200);
    expect(log.filter((line) => line.includes('this process counts alone'))).to.have.length(1);

    await redis().start();
    await eventually(async () => {
      await shop.get('/products');
      return says('rate limits are shared again')();
    }, 'shared limits');
    expect(await failToLogIn(shop, anAccount())).to.equal(401);
    expect((await redis().keys()).some((key) => key.startsWith('portico:limit:login'))).to.equal(true);
    await shop.close();
  });

  it('Limits in Redis go on in the process while Redis is frozen', async () => {
    const shop = await open(shared());
    redis().signal('STOP');
    expect((await shop.get('/products')).status).to.equal(200);
    expect(await refusedAfter(shop, anAccount())).to.equal(MOST);
    await shop.close();
  });

  it('Limits in Redis do not keep a shop from starting while Redis is away', async () => {
    await redis().kill();
    const shop = await open(shared());
    expect((await shop.get('/products')).status).to.equal(200);
    await shop.close();
  });
});
