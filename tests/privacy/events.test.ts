import { expect } from 'chai';
import { erasureStarted } from '#src/contexts/privacy/domain/events.js';
import { newId } from '../support/builders/ids.js';

type Given = Parameters<typeof erasureStarted>[0];

describe('The start of an erasure', () => {
  it('The start of an erasure has an event with the id of the person alone', () => {
    const [id, person, at] = [newId<Given['id']>(), newId<Given['person']>(), new Date(0)];
    expect(erasureStarted({ id, person }, at)).to.deep.equal({
      type: 'erasure.started',
      aggregateId: id,
      version: 1,
      occurredAt: at,
      data: { customerId: person },
    });
  });
});
