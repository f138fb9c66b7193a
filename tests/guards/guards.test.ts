import { expect } from 'chai';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guards } from './guards.js';

const ROOT = join(import.meta.dirname, '..', '..');

describe('The list of guards', () => {
  it('names each once', () => {
    expect(new Set(guards.map(({ name }) => name)).size).to.equal(guards.length);
  });

  for (const { name, file, text, without, tests } of guards)
    it(`knows where ${name} stands, and who has to notice that it is gone`, () => {
      expect(readFileSync(join(ROOT, file), 'utf8').split(text), file).to.have.length(2);
      expect(without).not.to.equal(text);
      for (const test of tests) expect(existsSync(join(ROOT, test)), test).to.equal(true);
    });
});
