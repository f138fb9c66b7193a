import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { OpenApiDocument } from '#src/platform/http/openapi/document.js';

const LIST = 'one request for every 20 items of `limit`.';

describe('The cost of a request', () => {
  it('The cost of a request is documented for each operation that counts as more than one', async () => {
    const { paths } = JSON.parse(await readFile('docs/openapi.json', 'utf8')) as OpenApiDocument;
    const costs = Object.values(paths)
      .flatMap((path) => Object.values(path))
      .map(({ operationId, description }) => [
        operationId,
        /Counts under the rate limits as (.*)$/.exec(String(description))?.[1],
      ])
      .filter(([, cost]) => cost !== undefined && cost !== LIST);
    expect(Object.fromEntries(costs)).to.deep.equal({
      listProducts: `${LIST} \`q\` adds 9, \`minPrice\` adds 1, \`maxPrice\` adds 1, \`inStock\` adds 1.`,
      listCustomers: `${LIST} \`q\` adds 9.`,
      listUsers: `${LIST} \`disabled\` adds 1.`,
      exportMyData: '20 requests.',
      exportProducts: '20 requests.',
      importProducts: '20 requests.',
      listOrders: `${LIST} \`sku\` adds 1.`,
    });
  });
});
