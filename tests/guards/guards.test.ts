import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guards } from './guards.js';
import { call, columns, condition, flawsOf, property, refusal, takeOut, type Removal } from './take-out.js';

const ROOT = join(import.meta.dirname, '..', '..');

describe('The list of guards', () => {
  it('names each guard once', () => {
    expect(new Set(guards.map(({ name }) => name)).size).to.equal(guards.length);
  });

  for (const guard of guards)
    it(`finds ${guard.name}, and the tests that notice when it is gone`, () => {
      const source = readFileSync(join(ROOT, guard.file), 'utf8');
      expect(flawsOf(guard.file, source, takeOut(guard.file, source, guard))).to.deep.equal([]);
      for (const test of guard.tests) expect(existsSync(join(ROOT, test)), test).to.equal(true);
    });
});

const SOURCE = `
const sell = ({ stock }) => async (id) => {
  const level = await stock.lock(id);
  if (level.left === 0 || level.closed) throw fail('out_of_stock');
  while (level.pending) await stock.settle('now', id);
  return update({ id, [Op.gte]: 1, lock: true });
};
module.exports = { up() { index(['id'], ['id', 'position']); } };
`;

const without = (removal: Removal): string => takeOut('sell.ts', SOURCE, removal);

describe('A guard that is taken out', () => {
  const examples: readonly [string, Removal, string, string][] = [
    ['call', { in: 'sell', remove: call('stock.lock') }, 'stock.lock(id)', 'undefined'],
    [
      'call of an argument',
      { in: 'sell', remove: call('settle', 'now') },
      "stock.settle('now', id)",
      'undefined',
    ],
    ['property', { in: 'sell', remove: property('lock') }, 'lock: true', '...{}'],
    ['property of a computed name', { in: 'sell', remove: property('Op.gte') }, '[Op.gte]: 1', '...{}'],
    ['list of columns', { in: 'up', remove: columns('id') }, "['id']", '...[]'],
    [
      'condition',
      { in: 'sell', remove: condition('pending') },
      'level.pending',
      '((level.pending) && false)',
    ],
    ['side of ||', { in: 'sell', remove: condition('closed') }, 'level.closed', '((level.closed) && false)'],
    [
      'refusal',
      { in: 'sell', remove: refusal('out_of_stock') },
      'level.left === 0 || level.closed',
      '((level.left === 0 || level.closed) && false)',
    ],
    [
      'thing that is replaced',
      { in: 'level', replace: call('lock'), with: 'stock.find(id)' },
      'stock.lock(id)',
      'stock.find(id)',
    ],
  ];
  for (const [what, removal, text, instead] of examples)
    it(`leaves the rest of the source as it was: a ${what}`, () => {
      expect(without(removal)).to.equal(SOURCE.replace(text, instead));
    });

  const refused: readonly [string, Removal, string][] = [
    ['stands in no such function', { in: 'buy', remove: call('lock') }, 'sell.ts has nothing named buy'],
    [
      'is not there',
      { in: 'sell', remove: call('stock.find') },
      'sell.ts: sell has 0 times the call of stock.find, not once',
    ],
    [
      'is there twice',
      { in: 'sell', remove: condition('level') },
      'sell.ts: sell has 3 times the condition on level, not once',
    ],
    [
      'is replaced by itself',
      { in: 'sell', replace: call('lock'), with: (text) => text },
      'sell.ts: the call of lock in sell is replaced by itself',
    ],
  ];
  for (const [why, removal, message] of refused)
    it(`fails by name when it ${why}`, () => {
      expect(() => without(removal)).to.throw(message);
    });

  it('is reported with its errors when its replacement does not parse or uses a name that nothing has', () => {
    const errors = (text: string) =>
      flawsOf('sell.ts', SOURCE, without({ in: 'level', replace: call('lock'), with: text }));
    expect(errors('stock.find(id).then((found) => ({ found, index: level }))')).to.deep.equal([]);
    expect(errors('stock.find(')).not.to.deep.equal([]);
    expect(errors('stock.find(ids)')).to.deep.equal(['nothing is named ids']);
  });
});
