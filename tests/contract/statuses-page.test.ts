import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { statusesPage, type DeclaringDocument } from '../../scripts/evidence/statuses-page.js';
import type { RecordedResponse } from '../support/recorded-responses.js';

const published = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as DeclaringDocument;

/** The cells of the first row of a table that begins with this. */
const rowOf = (page: string, first: string): readonly string[] =>
  (page.split('\n').find((line) => line.startsWith(`| ${first} |`)) ?? '')
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

describe('The page of received statuses', () => {
  const recorded: readonly RecordedResponse[] = [
    { operation: 'getCart', status: 200, code: null, file: 'tests/cart/http.test.ts' },
    { operation: 'getCart', status: 200, code: null, file: 'tests/contract/statuses.test.ts' },
    { operation: 'getCart', status: 401, code: 'invalid_token', file: 'tests/contract/statuses.test.ts' },
    { operation: 'getThing', status: 200, code: null, file: 'tests/platform/http/lists.test.ts' },
  ];
  const page = statusesPage(published, recorded, new Date('2026-11-30T23:59:00Z'));

  it('The page of received statuses has a row for each operation of the document, and none for another', () => {
    const operations = Object.values(published.paths).flatMap((item) =>
      Object.values(item).map(({ operationId }) => operationId),
    );
    for (const operation of operations) expect(rowOf(page, `\`${operation}\``), operation).not.to.be.empty;
    expect(page).not.to.contain('getThing');
  });

  it('The page of received statuses names the suites that have received a status, and what no test has', () => {
    const [, ok, created, , , , malformed, unauthenticated] = rowOf(page, '`getCart`');
    expect([ok, created, malformed, unauthenticated]).to.deep.equal(['BT', '', '**none**', 'T']);
    expect(page).to.contain('- `getCart` 403\n').and.not.to.contain('- `getCart` 401\n');
  });

  it('The page of received statuses counts what other tests than the table-driven one have received', () => {
    const [, declared, received, others] = rowOf(page, '401').map(Number);
    expect([declared, received, others]).to.deep.equal([76, 1, 0]);
    expect(rowOf(page, '200').slice(2)).to.deep.equal(['1', '1']);
  });

  it('The page of received statuses counts the operations from which a code was received', () => {
    expect(rowOf(page, '`invalid_token`').at(-1)).to.equal('1');
    expect(rowOf(page, '`unauthenticated`').at(-1)).to.equal('0');
    expect(page).to.match(/Received from none: .*`unauthenticated`/);
  });

  it('The page of received statuses says when it was made, and from which files', () => {
    expect(page).to.contain('on 30 November 2026, from 3 [files of tests]');
    expect(page).to.contain('- `tests/platform`: http/lists\n');
  });
});
