import { expect } from 'chai';
import type { ServerResponse } from 'node:http';
import { sendWebhook } from '#src/contexts/webhooks/adapters/sending/send-webhook.js';
import { anEvent } from '../support/builders/outbox.js';
import { eventually } from '../support/eventually.js';
import { FULL } from '../integrity/tier.js';
import { forEachShop, type ShopUnderTest } from '../support/test-shop.js';
import { noContent, webhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.js';
import { hooksOf } from '../support/webhooks.js';

/** `--full` sends as many as the largest shops have in an hour; the short tier shows the same. */
const EVENTS = FULL ? 10_000 : 150;
const BATCH = 100;
const CONCURRENCY = 8;
/** So that no attempt at the one that hangs ends within the test. */
const PATIENCE_MS = 3_600_000;

forEachShop((name, open) => {
  describe(`Webhooks of which one hangs, on ${name}`, () => {
    let shop: ShopUnderTest;
    let receivers: readonly [WebhookReceiver, WebhookReceiver, WebhookReceiver];
    const held: ServerResponse[] = [];
    beforeEach(async () => {
      held.length = 0;
      receivers = [
        await webhookReceiver(),
        await webhookReceiver((response) => held.push(response)),
        await webhookReceiver(),
      ];
      shop = await open({
        environment: { WEBHOOKS_ALLOW_PRIVATE_TARGETS: 'true' },
        overrides: {
          webhookDelivery: () => ({ concurrency: CONCURRENCY, deliverWithinMs: PATIENCE_MS }),
          webhookSend: () => sendWebhook({ allowPrivate: true, withinMs: PATIENCE_MS }),
        },
      });
    });
    afterEach(async () => {
      await receivers[1].close(); // which ends the attempts that hang
      await shop.close();
      await Promise.all([receivers[0].close(), receivers[2].close()]);
    });

    it('Webhooks of which one hangs are all sent to the others, which wait for none of its places', async () => {
      for (const { url } of receivers) await hooksOf(shop).create(url, ['order.placed']);
      const events = Array.from({ length: EVENTS }, () => anEvent({ occurredAt: new Date() }));
      const { transact } = shop.storeOf('ordering');
      for (let at = 0; at < EVENTS; at += BATCH)
        await transact(({ outbox }) => outbox.add(events.slice(at, at + BATCH)));
      const [one, hanging, other] = receivers;
      await eventually(
        () => one.received.length >= EVENTS && other.received.length >= EVENTS,
        'all events',
        FULL ? 1_200_000 : 60_000,
      );
      const aggregates = events.map(({ aggregateId }): string => aggregateId).sort();
      for (const { received } of [one, other])
        expect(received.map(({ message }) => String(message.data['orderId'])).sort()).to.deep.equal(
          aggregates,
        );
      expect(hanging.received.length, 'requests that hang').to.equal(CONCURRENCY);
      expect(held).to.have.length(CONCURRENCY);

      // Nothing that waited is lost once it responds.
      hanging.respond(noContent);
      for (const response of held) response.writeHead(204).end();
      const sent = () => new Set(hanging.received.map(({ message }) => message.id));
      await eventually(() => sent().size === EVENTS, 'what waited', FULL ? 1_200_000 : 60_000);
    }).timeout(FULL ? 3_000_000 : 120_000);
  });
});
