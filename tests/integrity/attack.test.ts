import { expect } from 'chai';
import { onEverySqlDatabase, onServer, type SqlDatabaseName } from '../support/databases.js';
import { galeraCluster } from '../support/galera.js';
import { runScenario, type Outcome, type Scenario } from './attack.js';
import { attackedShop, type AttackedShop } from './attacked-shop.js';
import { outcomeTable } from './outcome-table.js';
import { accounts } from './scenarios/accounts.js';
import { cart } from './scenarios/cart.js';
import { imports } from './scenarios/imports.js';
import { inventory } from './scenarios/inventory.js';
import { orderState } from './scenarios/order-state.js';
import { retries } from './scenarios/retries.js';
import { FULL, SEED } from './tier.js';

const TIMES = FULL ? 10 : 1;

/** How often a scenario is tried: once will do on Galera in the short tier, where each commit goes to three nodes. */
const roundsOn = (name: SqlDatabaseName, { rounds }: Scenario): number =>
  name === 'Galera' && !FULL ? 1 : rounds * TIMES;

/** How many transactions the nodes have given up for one that was certified on another node. */
const conflicts = async (): Promise<number> => {
  const { nodes } = await galeraCluster();
  const counts = await Promise.all(
    nodes.flatMap((node) => [node.status('wsrep_local_cert_failures'), node.status('wsrep_local_bf_aborts')]),
  );
  return counts.reduce((sum, count) => sum + Number(count), 0);
};

describe('A running shop under attack', () => {
  const outcomes: Outcome[] = [];

  after(() => {
    if (outcomes.length > 0) console.log(`\nSeed ${String(SEED)}\n\n${outcomeTable(outcomes)}\n`);
  });

  /** Attacks a new shop on every database by each of these. */
  const attacks = (title: string, scenarios: readonly Scenario[], wired: boolean): void => {
    const attack = (name: SqlDatabaseName): void => {
      let shop: AttackedShop;
      before(async () => {
        shop = await attackedShop(name, { wired });
      });
      after(() => shop.close());

      for (const scenario of scenarios) {
        it(scenario.name, async function () {
          this.timeout(600_000 * TIMES);
          const rounds = roundsOn(name, scenario);
          const outcome = await runScenario(shop, scenario, { seed: SEED, rounds });
          outcomes.push(outcome);
          expect(outcome.anomalies).to.deep.equal([]);
          expect(outcome.overlapped, 'requests that overlapped').to.be.above(0);
        });
      }

      it('Each subscriber has received all events of its types, in order', async () => {
        expect(await shop.untold()).to.deep.equal([]);
      });

      it('The shop under attack has written nothing but JSON lines into its logs', () => {
        expect(shop.strayLines()).to.deep.equal([]);
      });
    };
    onEverySqlDatabase(title, attack);
    onServer('Galera', title, () => {
      let earlier: number;
      before(async () => {
        earlier = await conflicts();
      });
      attack('Galera');
      if (wired) return;

      it('The nodes of the cluster under attack have had to choose between concurrent transactions', async () => {
        expect(await conflicts()).to.be.above(earlier);
      });
    });
  };

  attacks('withstands races', [...inventory, ...cart, ...orderState, ...accounts, ...imports], false);
  attacks('withstands broken connections', retries, true);
});
