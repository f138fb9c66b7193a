import { expect } from 'chai';
import { RELAYED_TYPES } from '#src/contexts/webhooks/domain/relayed.js';
import { EVENT_TYPES, PUBLISHED_EVENTS, type ShopSubscriber } from '#src/main/events.js';

describe('The events of a shop', () => {
  it('The events of a shop give a subscriber the ids and data of the types that it names, and nothing else: the compiler refuses it', () => {
    const ids: string[] = [];
    const subscriber: ShopSubscriber<'order.placed' | 'user.disabled'> = {
      name: 'test',
      types: ['order.placed', 'user.disabled'],
      handle: (event) => {
        if (event.type === 'order.placed') ids.push(event.data.customerId);
        // @ts-expect-error: an event about a user has no customerId
        if (event.type === 'user.disabled') ids.push(event.data.customerId);
        // @ts-expect-error: no such event
        if (event.type === 'order.lost') ids.push(event.id);
        return Promise.resolve();
      },
    };
    // @ts-expect-error: handle is not written for products
    const wrong: typeof subscriber = { ...subscriber, types: ['product.created'] };
    expect([subscriber.types.length, wrong.types.length]).to.deep.equal([2, 1]);
  });

  it('The events of a shop are published, except those that trigger its own next step', () => {
    expect(EVENT_TYPES.filter((type) => !PUBLISHED_EVENTS.includes(type))).to.have.members([
      'audit_entry.recorded',
      'bulk_cancellation.continued',
      'bulk_cancellation.started',
      'email_verification.requested',
      'erasure.received',
      'erasure.started',
      ...['import.started', 'import.continued'],
      'password_reset.requested',
      'reservation.failed',
      'webhook_ping.requested',
      'webhook_redelivery.requested',
      ...RELAYED_TYPES,
    ]);
  });
});
