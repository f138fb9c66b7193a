import { expect } from 'chai';
import { productCopies } from '#src/contexts/catalog/adapters/services/product-copies.js';
import { createEndpoint } from '#src/contexts/webhooks/application/manage-endpoints.js';
import type { SealedSecret } from '#src/contexts/webhooks/domain/ids.js';
import { MAX_ENDPOINTS } from '#src/contexts/webhooks/domain/limits.js';
import { OPERATOR } from '#src/kernel/actor.js';
import { transactThrough } from '#src/kernel/transact.js';
import { bindings } from '#src/main/bindings.js';
import { newId } from '../support/builders/ids.js';
import { openedSubject, outcomeOf, tally } from '../support/contract-tools.js';
import { forEachPersistence, USD } from '../support/persistences.js';
import { hashPlace } from '../support/places.js';

const now = () => new Date('2026-06-01T12:00:00.000Z');

forEachPersistence((name, open) => {
  describe(`The limit of webhook endpoints on ${name}`, () => {
    const subject = openedSubject(open, 10);

    it(`The limit of webhook endpoints is exact, however many are created at once, on ${name}`, async () => {
      const bind = bindings({
        ...{ now, newId, hashPlace, productCopies: productCopies({ now }), eventSenders: [] },
        ...{ config: { currency: USD, requireVerifiedEmail: false }, webhookSurplus: { isPossible: false } },
      });
      const transact = transactThrough(subject().transact, bind.ports('webhooks'));
      const secrets = {
        ...{ create: () => 'whsec_', open: () => null, isCurrent: () => true },
        seal: () => 'sealed' as SealedSecret,
      };
      const create = createEndpoint({ newId, now, secrets, requireTarget: () => undefined });
      const content = { url: 'https://receiver.example/', description: '', eventTypes: [] };
      const more = 4;
      const outcomes = await Promise.all(
        Array.from({ length: MAX_ENDPOINTS + more }, () => outcomeOf(transact(create(OPERATOR, content)))),
      );
      expect(tally(outcomes)).to.deep.equal({ done: MAX_ENDPOINTS, webhook_limit_reached: more });
      expect(await subject().outside.webhookEndpoints.listAll()).to.have.length(MAX_ENDPOINTS);
    });
  });
});
