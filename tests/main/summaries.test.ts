import { expect } from 'chai';
import { testShop } from '../support/test-shop.js';

/** Verbs with which a summary may begin: those that readers of other contracts know. */
const VERBS =
  'Add|Adjust|Cancel|Change|Check|Create|Delete|Empty|End|Erase|Export|Get|List|Log|Place|Refresh|Remove|Replace|Request|Set|Sign|Update|Verify';

describe('The summaries of the contract', () => {
  it('are imperative, in one line and without a full stop', async () => {
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
