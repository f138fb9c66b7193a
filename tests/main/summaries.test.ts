import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { testShop } from '../support/test-shop.js';

/** Verbs with which a summary may begin: those that readers of other contracts know. */
const VERBS =
  'Add|Adjust|Cancel|Change|Check|Create|Delete|Empty|Erase|Export|Get|Import|List|Log|Place|Refresh|Remove|Replace|Request|Revoke|Send|Set|Sign|Update|Verify';

/** Words that leave the reader guessing who or what is meant. */
const VAGUE =
  /\b(?:whoever|whatever|(?:some|any|every|no)body|the one (?:who|that)|told|tells|void|spent|good for|comes on top)\b/i;

/** Returns every sentence that a reader of the document meets. */
const textsIn = (part: unknown): readonly string[] =>
  typeof part !== 'object' || part === null
    ? []
    : Object.entries(part).flatMap(([name, value]) =>
        typeof value === 'string' && ['summary', 'description'].includes(name) ? [value] : textsIn(value),
      );

describe('The summaries of the contract', () => {
  it('The summaries of the contract are imperative, in one line and without a full stop', async () => {
    const shop = await testShop();
    const wrong = shop.shop.http.table
      .map(({ operationId, summary }) => `${operationId}: ${summary}`)
      .filter(
        (line) =>
          !new RegExp(`^\\w+: (?:${VERBS}) [^\\n]*[^.\\n]$|^\\w+: (?:Log in|Log out|Sign up)$`).test(line),
      );
    await shop.close();
    expect(wrong).to.deep.equal([]);
  });
});

describe('The texts of the contract', () => {
  it('The texts of the contract say who acts and what happens', () => {
    const texts = textsIn(JSON.parse(readFileSync('docs/openapi.json', 'utf8')));
    expect(texts).to.have.length.above(500);
    expect(texts.filter((text) => VAGUE.test(text))).to.deep.equal([]);
  });
});
