import { expect } from 'chai';
import { transactThrough } from '#src/kernel/transact.js';
import { memoryStore, type MemoryScope } from '#src/platform/memory/store.js';
import { memoryTable } from '#src/platform/memory/table.js';
import { transactWithFacts } from '#src/platform/neighbours/facts.js';
import { rejectionOf } from '../../support/contract-tools.js';

const notes = memoryTable<{ readonly id: string }>({ name: 'notes', key: ({ id }) => id });

const start = () => {
  const store = memoryStore();
  let transactions = 0;
  const counted: typeof store.transact = (work) => {
    transactions += 1;
    return store.transact(work);
  };
  const repositories = transactThrough(counted, (scope: MemoryScope) => ({ notes: scope.table(notes) }));
  const transact = transactWithFacts(repositories, (inner, facts) => ({ notes: inner.notes, facts }));
  const stored = async () => (await store.outside.table(notes).all()).map(({ id }) => id);
  return { repositories, transact, stored, transactions: () => transactions };
};

describe('The facts of a command', () => {
  it('The facts of a command are fetched outside of its transactions, each once, and the work runs again', async () => {
    const { transact, stored } = start();
    const fetched: string[] = [];
    let runs = 0;
    const result = await transact(async ({ notes: table, facts }) => {
      runs += 1;
      await table.insert({ id: `run ${runs}` });
      const price = await facts.get('price', async () => {
        fetched.push('price');
        expect(await stored()).to.deep.equal([]); // not in a transaction, and the one before is rolled back
        return 5;
      });
      const name = await facts.get('name', () => Promise.resolve('Mug'));
      return `${name} ${String(price)} ${String(await facts.get('price', () => Promise.resolve(6)))}`;
    });
    expect(result).to.equal('Mug 5 5');
    expect(fetched).to.deep.equal(['price']);
    expect(await stored()).to.deep.equal(['run 4']);
  });

  it('The facts of a command that come before its first write are fetched before its transaction begins', async () => {
    const { transact, stored, transactions } = start();
    await transact(async ({ notes: table, facts }) => {
      await table.insert({ id: await facts.get('id', () => Promise.resolve('a')) });
    });
    expect(transactions()).to.equal(1);
    expect(await stored()).to.deep.equal(['a']);
  });

  it('The facts of a command are all that it needs if it calls no repository: no transaction begins', async () => {
    const { transact, transactions } = start();
    const disabled = await transact(({ facts }) => facts.get('disabled', () => Promise.resolve(false)));
    expect({ disabled, transactions: transactions() }).to.deep.equal({ disabled: false, transactions: 0 });
  });

  it('The facts of a command leave its writes what they are where ports are copied', async () => {
    const { repositories, stored } = start();
    const transact = transactWithFacts(repositories, (inner) => ({ notes: { ...inner.notes } }));
    await transact(({ notes: table }) => table.insert({ id: 'a' }));
    expect(await stored()).to.deep.equal(['a']);
  });

  it('The facts of a command do not hide its writes, even if it goes on after one that fails', async () => {
    const { transact, stored } = start();
    const result = await transact(async ({ notes: table }) => {
      await table.insert({ id: 'a' }).catch(() => undefined);
      return 'stored';
    });
    expect(result).to.equal('stored');
    expect(await stored()).to.deep.equal(['a']);
  });

  it('The facts of a command include that there is nothing', async () => {
    const { transact } = start();
    expect(await transact(({ facts }) => facts.get('none', () => Promise.resolve(null)))).to.equal(null);
  });

  it('The facts of a command are not those of the next', async () => {
    const { transact } = start();
    let price = 0;
    const read = () => transact(({ facts }) => facts.get('price', () => Promise.resolve((price += 1))));
    expect([await read(), await read()]).to.deep.equal([1, 2]);
  });

  it('The facts of a command that cannot be fetched are its failure, and nothing is stored', async () => {
    const { transact, stored } = start();
    const failure = await rejectionOf(
      transact(async ({ notes: table, facts }) => {
        await table.insert({ id: 'a' });
        return facts.get('price', () => Promise.reject(new Error('the neighbour is away')));
      }),
    );
    expect(failure).to.match(/the neighbour is away/);
    expect(await stored()).to.deep.equal([]);
  });

  it('The facts of a command are a bounded number', async () => {
    const { transact } = start();
    let asked = 0;
    const endless = transact(({ facts }) => facts.get(String((asked += 1)), () => Promise.resolve(asked)));
    expect(await rejectionOf(endless)).to.match(/more than 20 facts/);
  });
});
