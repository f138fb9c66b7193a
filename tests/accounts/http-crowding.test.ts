import { expect } from 'chai';
import { bcryptPasswordHashers } from '#src/contexts/accounts/adapters/crypto/bcrypt-password-hasher.js';
import { eventually } from '../support/eventually.js';
import { testShop, type Person, type ShopUnderTest } from '../support/test-shop.js';

const VICTIMS = 15;

describe('Log-ins of one’s own accounts, as many at once as can be', () => {
  let shop: ShopUnderTest;
  before(async () => {
    shop = await testShop({
      environment: { TRUST_PROXY: '1' }, // limits are off: it is the queue that is tried
      overrides: { passwords: () => bcryptPasswordHashers({ cost: 6, concurrent: 1 }) },
    });
  });
  after(() => shop.close());

  const logIn = async ({ email, password }: Person, from: string): Promise<number> => {
    const headers = { 'X-Forwarded-For': from };
    return (await shop.post('/auth/login', { headers, json: { email, password } })).status;
  };

  /** Logs in again and again, with so many requests in flight for each account. */
  const attack = (accounts: readonly Person[], inFlight: number, addressOf: (account: number) => string) => {
    const statuses = new Set<number>();
    let over = false;
    const again = async (account: Person, from: string): Promise<void> => {
      while (!over) statuses.add(await logIn(account, from));
    };
    const loops = accounts.flatMap((account, at) =>
      Array.from({ length: inFlight }, () => again(account, addressOf(at))),
    );
    return {
      refused: () => eventually(() => Promise.resolve(statuses.has(503)), 'a queue without a place for more'),
      end: async (): Promise<void> => {
        over = true;
        await Promise.all(loops);
      },
    };
  };

  const victimsBeside = async (inFlight: number, addressOf: (account: number) => string) => {
    const people = (count: number) => Promise.all(Array.from({ length: count }, () => shop.signUp()));
    const [own, victims] = [await people(4), [...(await people(8)), ...(await people(VICTIMS - 8))]];
    const { refused, end } = attack(own, inFlight, addressOf);
    await refused();
    const letIn = await Promise.all(victims.map((victim, at) => logIn(victim, `198.51.100.${String(at)}`)));
    await end();
    return letIn;
  };

  it('Many concurrent log-ins of one client’s own accounts do not keep others from logging in, when all come from one address', async () => {
    expect(await victimsBeside(6, () => '192.0.2.1')).to.deep.equal(Array(VICTIMS).fill(200));
  });

  it('Many concurrent log-ins of one client’s own accounts do not keep others from logging in, when a few networks take all places of the queue', async () => {
    const statuses = await victimsBeside(12, (account) => `192.0.2.${String(account)}`);
    expect(statuses).to.deep.equal(Array(VICTIMS).fill(200));
  });
});
