import { expect } from 'chai';
import type { AttemptFilter, AttemptRepository } from '#src/contexts/webhooks/application/ports.js';
import { OUTCOMES, type Attempt } from '#src/contexts/webhooks/domain/attempt.js';
import { anAttempt } from '../support/builders/webhooks.js';
import { newId } from '../support/builders/ids.js';
import { openedSubject, walk } from '../support/contract-tools.js';
import type { OpenSubject } from '../support/subject.js';

interface AttemptStore {
  readonly webhookAttempts: AttemptRepository;
}

const BEGIN = new Date('2026-06-02T12:00:00.000Z');
const at = (seconds: number): Date => new Date(BEGIN.getTime() + seconds * 1000);

/** What every `AttemptRepository` does. */
export const attemptRepositoryContract = (name: string, open: OpenSubject<AttemptStore>): void => {
  describe(`Attempts of webhooks on ${name}`, () => {
    const subject = openedSubject(open, 2);
    let endpointId: Attempt['endpointId'];
    beforeEach(() => {
      endpointId = newId();
    });
    const add = async (...attempts: readonly Attempt[]): Promise<void> => {
      await subject().transact(async ({ webhookAttempts }) => {
        for (const attempt of attempts) await webhookAttempts.add(attempt);
      });
    };
    const reader = () => subject().outside.webhookAttempts;
    const listed = async (filter: AttemptFilter = {}): Promise<readonly string[]> =>
      (await walk((page) => reader().list(endpointId, filter, page), 2)).map(({ id }) => id);

    it('Attempts of webhooks are read as they were stored, whatever came back', async () => {
      const attempts = [
        anAttempt({ endpointId, at: at(2), response: '🫖'.repeat(1024), payload: 'x'.repeat(5_000) }),
        anAttempt({
          ...{ endpointId, at: at(1), outcome: 'failed', status: null, response: null },
          error: '🫖'.repeat(200),
        }),
        anAttempt({ endpointId, at: at(0), outcome: 'dead_lettered', status: 599, response: '', number: 17 }),
      ];
      await add(...attempts);
      expect(await walk((page) => reader().list(endpointId, {}, page), 2)).to.deep.equal(attempts);
    });

    it('Attempts of webhooks are listed the latest first, by endpoint, event, outcome and time', async () => {
      const [one, other] = [newId<Attempt['eventId']>(), newId<Attempt['eventId']>()];
      const attempts = [1, 2, 2, 3, 4].map((second, index) =>
        anAttempt({
          ...{ endpointId, at: at(second), eventId: index % 2 === 0 ? one : other },
          outcome: OUTCOMES[index % 3] ?? 'failed',
        }),
      );
      await add(...attempts, anAttempt({ eventId: one, at: at(2) }));
      const expected = (where: (attempt: Attempt) => boolean) =>
        attempts
          .filter(where)
          .toSorted((a, b) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1))
          .map(({ id }) => id);
      expect(await listed()).to.deep.equal(expected(() => true));
      expect(await listed({ eventId: one })).to.deep.equal(expected(({ eventId }) => eventId === one));
      for (const outcome of OUTCOMES) {
        expect(await listed({ outcome })).to.deep.equal(expected((each) => each.outcome === outcome));
        expect(await listed({ outcome, eventId: one })).to.deep.equal(
          expected((each) => each.outcome === outcome && each.eventId === one),
        );
      }
      expect(await listed({ from: at(2), to: at(4) })).to.deep.equal(
        expected((each) => each.at >= at(2) && each.at < at(4)),
      );
    });

    it('Attempts of webhooks have a latest one for each event, and one with each outcome', async () => {
      const eventId = newId<Attempt['eventId']>();
      const [first, second, third] = (['failed', 'dead_lettered', 'failed'] as const).map((outcome, second) =>
        anAttempt({ endpointId, eventId, outcome, at: at(second) }),
      ) as [Attempt, Attempt, Attempt];
      await add(
        third,
        first,
        second,
        anAttempt({ endpointId, at: at(9) }),
        anAttempt({ eventId, at: at(9) }),
      );
      expect(await reader().findLatest(endpointId, eventId)).to.deep.equal(third);
      expect(await reader().findLatest(endpointId, eventId, 'dead_lettered')).to.deep.equal(second);
      expect(await reader().findLatest(endpointId, eventId, 'delivered')).to.equal(null);
      expect(await reader().findLatest(endpointId, newId())).to.equal(null);
    });

    it('Attempts of webhooks are purged the earliest first, a batch at a time', async () => {
      // Before those of the other tests, which share the store.
      const attempts = [0, 1, 2, 3].map((second) => anAttempt({ endpointId, at: at(second - 86_400) }));
      await add(...attempts.toReversed());
      const purge = (limit: number) =>
        subject().transact(({ webhookAttempts }) => webhookAttempts.purge(at(3 - 86_400), limit));
      expect(await purge(2)).to.equal(2);
      expect(await listed()).to.have.length(2);
      expect([await purge(2), await purge(2)]).to.deep.equal([1, 0]);
      expect(await listed()).to.deep.equal([attempts[3]?.id]);
    });
  });
};
