import { expect } from 'chai';
import {
  mailedTokens,
  operationsOf,
  stock,
  type Operation,
  type StockedShop,
} from '../support/operations.js';
import type { Person, ShopUnderTest } from '../support/test-shop.js';

/** People in a shop, and the things of one of them. */
export interface Stage {
  /** Whose things `stocked` has ids of: ada. */
  readonly stocked: StockedShop;
  readonly owner: Person;
  /** Another customer. */
  readonly other: Person;
  /** An administrator who is not the shop's first, so that nothing is lost with this one. */
  readonly admin: Person;
  /** Every call, with the owner's things in path and body. */
  readonly operation: (operationId: string) => Operation;
  /** The same with new bodies, for calls that spend theirs: another newcomer, another refresh token, other mails. */
  readonly renewed: () => Promise<Stage>;
}

/** Signs a user up and makes an administrator of them. */
export const anAdministrator = async (shop: ShopUnderTest): Promise<Person> => {
  const person = await shop.signUp({ password: 'an administrator’s password' });
  const promoted = await shop.patch(`/users/${person.id}`, {
    token: shop.adminToken,
    json: { role: 'admin' },
  });
  expect(promoted.status).to.equal(200);
  return person;
};

const stageOf = (shop: ShopUnderTest, people: Omit<Stage, 'operation' | 'renewed'>): Stage => {
  const operations = operationsOf(shop, people.stocked);
  return {
    ...people,
    operation: (id) => {
      const found = operations.find(({ row }) => row.operationId === id);
      return found ?? expect.fail(`the shop has no call ${id}`);
    },
    renewed: async () => {
      const ada = { ...people.stocked.ada, ...(await shop.logIn(people.owner.email, people.owner.password)) };
      const mailed = await mailedTokens(shop);
      return stageOf(shop, { ...people, stocked: { ...people.stocked, ada, mailed } });
    },
  };
};

export const setStage = async (shop: ShopUnderTest): Promise<Stage> => {
  const stocked = await stock(shop);
  const [other, admin] = [
    await shop.signUp({ password: 'a password of others' }),
    await anAdministrator(shop),
  ];
  return stageOf(shop, { stocked, owner: stocked.ada, other, admin });
};
