import { expect } from 'chai';
import { CloudEvent as StandardEvent } from 'cloudevents';
import type { EventId } from '#src/kernel/events.js';
import type { OrderId } from '#src/kernel/ids.js';
import { cloudEventOf } from '#src/platform/broker/cloud-event.js';
import type { EventBroker } from '#src/platform/broker/event-broker.js';
import { natsBroker } from '#src/platform/broker/nats-broker.js';
import { parseNatsUrl } from '#src/platform/broker/nats-url.js';
import { newId } from '../../support/builders/ids.js';
import { rejectionOf } from '../../support/contract-tools.js';
import { onNats } from '../../support/nats.js';

const anEvent = (version = 1) =>
  cloudEventOf(
    {
      ...{ id: newId<EventId>(), type: 'order.placed', aggregateId: newId<OrderId>(), version, sequence: 0 },
      ...{ occurredAt: new Date('2026-01-02T03:04:05.678Z'), data: { customerId: newId() } },
    },
    'https://shop.example/',
  );

onNats('A broker of events', (nats) => {
  let broker: EventBroker;
  const open = (url: string): EventBroker =>
    (broker = natsBroker({ server: parseNatsUrl(url), stream: 'portico', timeoutMs: 1_000 }));
  beforeEach(() => {
    open(nats().url);
  });
  afterEach(() => broker.close());

  it('A broker of events keeps a valid CloudEvent under a subject of its type', async () => {
    const event = anEvent();
    await broker.publish(event);
    const [kept] = await nats().kept('portico');
    expect(kept).to.deep.equal({
      subject: 'portico.order.placed',
      contentType: 'application/cloudevents+json',
      event,
    });
    expect(new StandardEvent(kept?.event as object).validate()).to.equal(true);
    expect(event.partitionkey).to.equal(`order.${event.subject}`);
  });

  it('A broker of events keeps an event once that is published three times, twice at once', async () => {
    const event = anEvent();
    await Promise.all([broker.publish(event), broker.publish(event)]);
    await broker.publish(event);
    expect((await nats().kept('portico')).map(({ event: { id } }) => id)).to.deep.equal([event.id]);
  });

  it('A broker of events that was away keeps what is published when it is back, without a new process', async () => {
    const [before, after] = [anEvent(), anEvent()];
    await broker.publish(before);
    await nats().kill();
    expect(await rejectionOf(broker.publish(after))).to.match(/refused|closed/i);
    await nats().start();
    await broker.publish(after);
    expect((await nats().kept('portico')).map(({ event: { id } }) => id)).to.deep.equal([
      before.id,
      after.id,
    ]);
  });

  it('A broker of events that hangs is given up, and what it then stores late is recognised', async () => {
    const event = anEvent();
    await broker.publish(anEvent());
    await nats().whileFrozen(async () => {
      expect(await rejectionOf(broker.publish(event))).to.match(/timeout/i);
    });
    await broker.publish(event);
    expect((await nats().kept('portico')).filter(({ event: { id } }) => id === event.id)).to.have.length(1);
  });

  it('A broker of events that refuses the password says so, and not which it was', async () => {
    const url = nats().url.replace('a%20pass%2Fword', 'secret');
    const refusal = await rejectionOf(open(url).publish(anEvent()));
    expect(refusal)
      .to.match(/authorization/i)
      .and.not.contain('secret');
  });

  it('A broker of events creates its stream once, however many processes begin at the same time', async () => {
    const brokers = Array.from({ length: 5 }, () =>
      natsBroker({ server: parseNatsUrl(nats().url), stream: 's' }),
    );
    await Promise.all(brokers.map((each) => each.publish(anEvent())));
    await Promise.all(brokers.map((each) => each.close()));
    expect(await nats().kept('s')).to.have.length(5);
  });

  it('A broker of events that was never used has nothing to close', async () => {
    await natsBroker({ server: parseNatsUrl('nats://127.0.0.1:9'), stream: 's' }).close();
  });
});
