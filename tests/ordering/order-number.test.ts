import { expect } from 'chai';
import { OrderNumber } from '#src/contexts/ordering/domain/order-number.js';
import type { OrderId } from '#src/kernel/ids.js';
import { newId } from '../support/builders/ids.js';

const ID = '0190a1b2-c3d4-7e5f-8123-456789abcdef' as OrderId;

describe('The number of an order', () => {
  it('The number of an order is its last 40 bits in two groups of four characters, none of which looks like another', () => {
    expect(OrderNumber.of(ID)).to.equal('CY4T-QKFF'); // 0x6789abcdef
    for (let n = 0; n < 1_000; n += 1)
      expect(OrderNumber.of(newId())).to.match(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
  });

  it('The number of an order differs between orders that are placed in the same millisecond', () => {
    const numbers = Array.from({ length: 10_000 }, () => OrderNumber.of(newId()));
    expect(new Set(numbers).size).to.equal(numbers.length);
  });

  it('The number of an order is another one in each attempt', () => {
    const attempts = [0, 1, 2, 3, 4, 5].map((attempt) => OrderNumber.of(ID, attempt));
    expect(new Set(attempts).size).to.equal(attempts.length);
    expect(OrderNumber.of(ID, 6)).to.equal(attempts[0]);
  });

  it('The number of an order is read as people write it', () => {
    const number = OrderNumber.parse('10QB-0123');
    expect(number).to.equal('10QB-0123');
    for (const written of ['10qb0123', ' 10QB 0123 ', 'lOqb-oi23', 'IOQB-0L23', '1-0-Q-B-0-1-2-3'])
      expect(OrderNumber.parse(written), written).to.equal(number);
    for (const other of ['', '10QB-012', '10QB-01234', '10QU-0123', '10Qß-0123', '10QB_0123', '%%%%%%%%'])
      expect(OrderNumber.parse(other), other).to.equal(null);
  });
});
