import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as contracts from './contracts.js';

const suitesIn = async (file: string): Promise<readonly string[]> =>
  Object.keys((await import(join(import.meta.dirname, file))) as object).filter(
    (name) =>
      name.endsWith('RepositoryContract') ||
      ['inboxContract', 'peopleContract', 'rateCountsContract', 'idempotencyStoreContract'].includes(name),
  );

describe('portico/contracts', () => {
  it('portico/contracts offers the suite of everything that is stored', async () => {
    const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
    const suites = await Promise.all(files.filter((name) => name.endsWith('.contract.ts')).map(suitesIn));
    expect(suites.flat()).to.have.length.above(0);
    expect(Object.keys(contracts)).to.have.members(suites.flat());
  });
});
