import { expect } from 'chai';
import type { EndpointRepository } from '#src/contexts/webhooks/application/ports.js';
import { DISABLED_REASONS, type Endpoint } from '#src/contexts/webhooks/domain/endpoint.js';
import type { SealedSecret } from '#src/contexts/webhooks/domain/ids.js';
import { anEndpoint } from '../support/builders/webhooks.js';
import { next, openedSubject, outcomeOnce, rejectionOf, tally, walk } from '../support/contract-tools.js';
import type { OpenSubject } from '../support/subject.js';

interface EndpointStore {
  readonly webhookEndpoints: EndpointRepository;
}

const AT = new Date('2026-06-02T12:00:00.123Z');

/** What every `EndpointRepository` does. */
export const endpointRepositoryContract = (name: string, open: OpenSubject<EndpointStore>): void => {
  describe(`Webhook endpoints on ${name}`, () => {
    const subject = openedSubject(open, 20);
    const stored = async (given: Partial<Endpoint> = {}): Promise<Endpoint> => {
      const endpoint = anEndpoint(given);
      await subject().transact(({ webhookEndpoints }) => webhookEndpoints.add(endpoint));
      return endpoint;
    };
    const reader = () => subject().outside.webhookEndpoints;
    const update = (endpoint: Endpoint) =>
      outcomeOnce(subject().transact, ({ webhookEndpoints }) => webhookEndpoints.update(endpoint));

    it('Webhook endpoints are null where there is none', async () => {
      expect(await reader().find(anEndpoint().id)).to.equal(null);
    });

    it('Webhook endpoints are read as they were stored, in every state', async () => {
      for (const disabledReason of [null, ...DISABLED_REASONS]) {
        const endpoint = await stored({
          ...{ disabledReason, url: `https://receiver.example/${'x'.repeat(1975)}` },
          ...{ description: '🫖'.repeat(200), eventTypes: [], secret: 's'.repeat(255) as SealedSecret },
          ...{ formerSecrets: Array(4).fill({ secret: 't'.repeat(255) as SealedSecret, endsAt: AT }) },
          failingSince: AT,
        });
        expect(await reader().find(endpoint.id)).to.deep.equal(endpoint);
        expect(await reader().listAll()).to.deep.include(endpoint);
      }
    });

    it('Webhook endpoints are listed the latest first, and walked page by page', async () => {
      const all: Endpoint[] = [];
      for (const second of [1, 2, 2, 3])
        all.unshift(await stored({ createdAt: new Date(AT.getTime() + second * 1000) }));
      const latestFirst = all.toSorted(
        (a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1),
      );
      const walked = await walk((page) => reader().list(page), 2);
      expect(walked.filter(({ id }) => all.some((each) => each.id === id))).to.deep.equal(latestFirst);
    });

    it('Webhook endpoints are replaced by their next version, and by no other', async () => {
      const endpoint = await stored();
      const changed: Endpoint = {
        ...next(endpoint),
        ...{ url: 'https://other.example/', description: 'Other', eventTypes: ['product.created'] },
        ...{ disabledReason: 'gone', secret: 'new' as SealedSecret, failingSince: AT },
        ...{ formerSecrets: [{ secret: endpoint.secret, endsAt: AT }], updatedAt: AT },
      };
      expect(await update(next(changed))).to.equal('stale_write');
      expect(await update(anEndpoint({ version: 2 })), 'of another one').to.equal('stale_write');
      expect(await reader().find(endpoint.id)).to.deep.equal(endpoint);
      expect(await update(changed)).to.equal('done');
      expect(await reader().find(endpoint.id)).to.deep.equal(changed);
      expect(await update(changed)).to.equal('stale_write');
    });

    it('Webhook endpoints are replaced by one of twenty writers that have read the same version', async () => {
      const endpoint = await stored();
      const writers = Array.from({ length: 20 }, () => update(next(endpoint)));
      expect(tally(await Promise.all(writers))).to.deep.equal({ done: 1, stale_write: 19 });
    });

    const revise = (above?: number) =>
      subject().transact(({ webhookEndpoints }) => webhookEndpoints.reviseList(above));

    it('Webhook endpoints are a list whose version rises by one, or above another one', async () => {
      const first = await revise();
      expect(await revise()).to.equal(first + 1);
      expect(await revise(first)).to.equal(first + 2);
      expect(await revise(first + 10)).to.equal(first + 11);
    });

    it('Webhook endpoints are a list whose version is no other when a transaction is rolled back', async () => {
      const before = await revise();
      const undone = subject().transact(async ({ webhookEndpoints }) => {
        expect(await webhookEndpoints.reviseList()).to.equal(before + 1);
        throw new Error('undone');
      });
      expect(await rejectionOf(undone)).to.equal('undone');
      expect(await revise()).to.equal(before + 1);
    });

    it('Webhook endpoints are a list that one transaction revises at a time, and each sees what the one before it has stored', async () => {
      const before = await revise();
      const count = (await reader().listAll()).length;
      const seen = await Promise.all(
        Array.from({ length: 20 }, () =>
          subject().transact(async ({ webhookEndpoints }) => {
            const version = await webhookEndpoints.reviseList();
            const endpoints = await webhookEndpoints.listAll();
            await webhookEndpoints.add(anEndpoint());
            return [version - before, endpoints.length - count];
          }),
        ),
      );
      const inTurn = Array.from({ length: 20 }, (_, index) => [index + 1, index]);
      expect(seen).to.have.deep.members(inTurn);
    });

    it('Webhook endpoints are removed in the version that was read, and in no other', async () => {
      const endpoint = await stored();
      const remove = (given: Endpoint) =>
        outcomeOnce(subject().transact, ({ webhookEndpoints }) => webhookEndpoints.remove(given));
      expect(await remove(next(endpoint))).to.equal('stale_write');
      expect(await remove(endpoint)).to.equal('done');
      expect(await reader().find(endpoint.id)).to.equal(null);
      expect(await remove(endpoint)).to.equal('stale_write');
    });
  });
};
