import { expect } from 'chai';
import type { EventId } from '#src/kernel/events.js';
import type { Inbox, WithInbox } from '#src/platform/inbox/inbox.js';
import { newId } from '../../support/builders/ids.js';
import { openedSubject, rejectionOf } from '../../support/contract-tools.js';
import { rivalOf } from '../../support/rival.js';
import { together, type OpenSubject } from '../../support/subject.js';

const AT = new Date('2026-05-01T12:00:00.000Z');
const after = (ms: number) => new Date(AT.getTime() + ms);
const anId = () => newId<EventId>();

/** What every store of the ids of received events has to fulfil. */
export const inboxContract = (name: string, open: OpenSubject<WithInbox>): void => {
  describe(`The inbox on ${name}`, () => {
    const subject = openedSubject(open, 10);
    const inside = <T>(work: (inbox: Inbox) => Promise<T>): Promise<T> =>
      subject().transact(({ inbox }) => work(inbox));
    const receive = (id: EventId, at = AT) => inside((inbox) => inbox.receive(id, at));

    it('An inbox receives an event once, however often it comes', async () => {
      const [one, other] = [anId(), anId()];
      expect([
        await receive(one),
        await receive(one),
        await receive(other),
        await receive(one),
      ]).to.deep.equal([true, false, true, false]);
    });

    it('An inbox receives an event once of eight copies that arrive at once, and refuses none', async () => {
      const id = anId();
      const results = await together(Array.from({ length: 8 }, (_, n) => () => receive(id, after(n))));
      const received = results.map((result) => (result.status === 'fulfilled' ? result.value : 'refused'));
      expect(received).to.have.members([true, ...Array<boolean>(7).fill(false)]);
    });

    it('An inbox has a copy wait for the transaction that receives the event, and then finds the id', async () => {
      const id = anId();
      let isNew: boolean | undefined;
      const copy = rivalOf(async () => {
        isNew = await receive(id, after(1));
      });
      await inside(async (inbox) => {
        await inbox.receive(id, AT);
        await copy.meet(() => inbox.receive(id, AT));
      });
      expect([await copy.outcome, isNew]).to.deep.equal(['done', false]);
    });

    it('An inbox forgets an event whose transaction failed, so that it is received when it comes again', async () => {
      const id = anId();
      const failed = inside(async (inbox) => {
        await inbox.receive(id, AT);
        throw new Error('refused');
      });
      expect(await rejectionOf(failed)).to.equal('refused');
      expect(await receive(id)).to.equal(true);
    });

    it('An inbox is purged of what was received before a time, a batch at a time', async () => {
      await inside((inbox) => inbox.purge(new Date('2030-01-01'), 1000));
      const old = [anId(), anId(), anId()];
      for (const id of old) await receive(id, after(-1));
      const young = anId();
      await receive(young);
      const purge = () => inside((inbox) => inbox.purge(AT, 2));
      expect([await purge(), await purge(), await purge()]).to.deep.equal([2, 1, 0]);
      expect(await receive(young)).to.equal(false);
      for (const id of old) expect(await receive(id)).to.equal(true);
    });
  });
};
