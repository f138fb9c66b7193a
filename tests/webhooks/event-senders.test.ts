import { expect } from 'chai';
import fc, { type Scheduler } from 'fast-check';
import { productCopies } from '#src/contexts/catalog/adapters/services/product-copies.js';
import { withdrawSurplus } from '#src/contexts/webhooks/adapters/services/event-senders.js';
import {
  createEndpoint,
  deleteEndpoint,
  editEndpoint,
} from '#src/contexts/webhooks/application/manage-endpoints.js';
import type { Endpoint, EndpointChanges } from '#src/contexts/webhooks/domain/endpoint.js';
import type { WebhookEventType } from '#src/contexts/webhooks/domain/event-types.js';
import type { EndpointId, SealedSecret } from '#src/contexts/webhooks/domain/ids.js';
import { SOURCE_TYPES, sourceTypesFor } from '#src/contexts/webhooks/domain/relayed.js';
import { OPERATOR } from '#src/kernel/actor.js';
import type { Work } from '#src/kernel/transact.js';
import { bindings } from '#src/main/bindings.js';
import { memoryPersistence } from '#src/main/persistence/memory-persistence.js';
import { failService } from '#src/platform/http/services/errors.js';
import { transactWithFacts } from '#src/platform/neighbours/facts.js';
import type { ChosenTypes } from '#src/platform/outbox/outbox.js';
import { runs, timeFor } from '../integrity/runs.js';
import { newId } from '../support/builders/ids.js';
import { outcomeOf } from '../support/contract-tools.js';
import { USD } from '../support/persistences.js';
import { hashPlace } from '../support/places.js';

const NAME = 'service-user';
const now = () => new Date('2026-06-01T12:00:00.000Z');

/** What may happen to a call on its way. */
type Fate = 'arrives' | 'arrives twice' | 'its response is lost' | 'is lost';

/** The store of the endpoints and those of two processes that send events, whose statements and calls a scheduler puts in an order. */
const start = async (scheduler?: Scheduler, fates: readonly Fate[] = []) => {
  let isRacing = false;
  let calls = 0;
  /** Calls of which nothing is known any more, and which may still arrive. */
  const late: Promise<unknown>[] = [];
  const schedule = (what: string): Promise<void> =>
    isRacing && scheduler !== undefined ? scheduler.schedule(Promise.resolve(), what) : Promise.resolve();
  const store = () => memoryPersistence({ pause: schedule, delay: () => Promise.resolve(), attempts: 50 });
  const [user, ...senders] = [store(), store(), store()];
  const restart = (sender: (typeof senders)[number] | undefined) =>
    sender?.transact(({ outbox }) => outbox.subscribe({ subscriber: NAME, types: SOURCE_TYPES }));
  for (const sender of senders) await restart(sender);

  const chosen = async (sender: (typeof senders)[number]) =>
    (await sender.outside.outbox.backlogs()).find(({ subscriber }) => subscriber === NAME)?.types ?? [];

  /** The endpoints of which an administrator has been told, without those that are being changed. */
  const promised = new Map<EndpointId, Endpoint>();
  const problems: string[] = [];
  const look = async (): Promise<void> => {
    const before = [...promised.values()];
    for (const sender of senders) {
      const types = await chosen(sender);
      const missing = sourceTypesFor(before.filter((each) => promised.get(each.id) === each)).filter(
        (type) => !types.includes(type),
      );
      if (missing.length > 0) problems.push(`not sent: ${missing.join()}`);
    }
  };

  const eventSenders = senders.map((sender) => {
    const arrive = async (given: ChosenTypes): Promise<ChosenTypes> => {
      const stored = await sender.transact(({ outbox }) => outbox.choose(NAME, given));
      await look();
      return stored;
    };
    return {
      choose: async (given: ChosenTypes): Promise<ChosenTypes> => {
        const fate = (isRacing ? fates[calls] : undefined) ?? 'arrives';
        if (isRacing) calls += 1;
        await schedule('request');
        if (fate === 'is lost') throw failService('service_unavailable');
        if (fate === 'its response is lost') {
          late.push(schedule('lost').then(() => arrive(given)));
          throw failService('service_unavailable');
        }
        const stored = await arrive(given);
        if (fate === 'arrives twice') late.push(schedule('again').then(() => arrive(given)));
        await schedule('response');
        return stored;
      },
    };
  });

  const surplus = { isPossible: true };
  const bind = bindings({
    ...{ now, newId, hashPlace, productCopies: productCopies({ now }), eventSenders },
    ...{ config: { currency: USD, requireVerifiedEmail: false }, webhookSurplus: surplus },
  });
  const transact = transactWithFacts(user.transact, bind.ports('webhooks'));
  const secrets = {
    ...{ create: () => 'whsec_', open: () => null, isCurrent: () => true },
    seal: () => 'sealed' as SealedSecret,
  };
  const deps = { newId, now, secrets, requireTarget: () => undefined };

  /** Does what changes an endpoint; it is promised when that has succeeded. */
  const changing = async <T>(
    id: EndpointId | null,
    work: Work<Parameters<Parameters<typeof transact>[0]>[0], T>,
    endpointOf: (result: T) => Endpoint | null,
  ): Promise<T> => {
    const before = id === null ? undefined : promised.get(id);
    if (before !== undefined) promised.delete(before.id);
    const result = await transact(work).catch((error: unknown) => {
      if (before !== undefined) promised.set(before.id, before);
      throw error;
    });
    const endpoint = endpointOf(result);
    if (endpoint !== null) promised.set(endpoint.id, endpoint);
    await look();
    return result;
  };
  const content = (eventTypes: readonly WebhookEventType[]) => ({
    ...{ url: 'https://receiver.example/', description: '', eventTypes },
  });
  return {
    surplus,
    problems,
    promised,
    restart: (index: number) => restart(senders[index]),
    create: (...types: readonly WebhookEventType[]) =>
      changing(null, createEndpoint(deps)(OPERATOR, content(types)), ({ endpoint }) => endpoint),
    edit: (id: EndpointId, changes: EndpointChanges) =>
      changing(id, editEndpoint(deps)(OPERATOR, id, changes), (endpoint) => endpoint),
    remove: (id: EndpointId) => changing(id, deleteEndpoint(OPERATOR, id), () => null),
    withdraw: () => withdrawSurplus({ transact, eventSenders, surplus })(),
    /** What each process sends. */
    sent: () => Promise.all(senders.map(chosen)),
    stored: () => user.outside.webhookEndpoints.listAll(),
    choose: (index: number, given: ChosenTypes) =>
      senders[index]?.transact(({ outbox }) => outbox.choose(NAME, given)),
    race: async (works: readonly (() => Promise<unknown>)[]): Promise<readonly string[]> => {
      isRacing = true;
      const racing = Promise.all(works.map((work) => outcomeOf(work())));
      const outcomes = await (scheduler === undefined ? racing : scheduler.waitFor(racing));
      for (const call of late)
        await (scheduler === undefined ? call : scheduler.waitFor(Promise.resolve(call)));
      isRacing = false;
      return outcomes;
    },
  };
};

const fate = fc.constantFrom<Fate>(
  ...(['arrives', 'arrives', 'arrives twice', 'its response is lost', 'is lost'] as const),
);

describe('The events that services send for webhooks', function () {
  this.timeout(timeFor(120_000));

  it('The events that services send for webhooks are all, until the endpoints are known, then what they want', async () => {
    const shop = await start();
    expect(await shop.sent()).to.deep.equal(Array(2).fill(SOURCE_TYPES.toSorted()));
    await shop.withdraw();
    expect(await shop.sent()).to.deep.equal([[], []]);
    const { endpoint } = await shop.create('stock.depleted', 'order.placed');
    await shop.create('order.placed', 'webhook_endpoint.disabled');
    expect(await shop.sent()).to.deep.equal(Array(2).fill(['order.placed', 'stock.depleted']));
    await shop.remove(endpoint.id);
    await shop.withdraw();
    expect(await shop.sent(), 'nothing shows that there are too many').to.deep.equal(
      Array(2).fill(['order.placed', 'stock.depleted']),
    );
    shop.surplus.isPossible = true;
    await shop.withdraw();
    expect(await shop.sent()).to.deep.equal(Array(2).fill(['order.placed']));
  });

  it('The events that services send for webhooks are more before an endpoint is enabled, or its types are added', async () => {
    const shop = await start();
    const { endpoint } = await shop.create('order.placed');
    await shop.edit(endpoint.id, { enabled: false });
    await shop.withdraw();
    expect(await shop.sent()).to.deep.equal([[], []]);
    await shop.edit(endpoint.id, { enabled: true });
    expect(await shop.sent()).to.deep.equal(Array(2).fill(['order.placed']));
    await shop.edit(endpoint.id, { eventTypes: ['order.placed', 'order.shipped'] });
    expect(await shop.sent()).to.deep.equal(Array(2).fill(['order.placed', 'order.shipped']));
  });

  for (const lost of ['is lost', 'its response is lost'] as const)
    it(`The events that services send for webhooks are in doubt when a call ${lost}: no endpoint is stored, and one is later`, async () => {
      const shop = await start(undefined, ['arrives', lost]);
      await shop.withdraw();
      expect(await shop.race([() => shop.create('order.placed')])).to.deep.equal(['service_unavailable']);
      expect(await shop.stored()).to.deep.equal([]);
      shop.surplus.isPossible = true;
      await shop.withdraw();
      expect(await shop.sent()).to.deep.equal([[], []]);
      await shop.create('order.placed');
      expect(await shop.sent()).to.deep.equal(Array(2).fill(['order.placed']));
    });

  it('The events that services send for webhooks are withdrawn later if a process is away', async () => {
    const shop = await start(undefined, ['arrives', 'is lost']);
    await shop.race([() => shop.withdraw()]);
    expect(shop.surplus.isPossible).to.equal(true);
    await shop.withdraw();
    expect([await shop.sent(), shop.surplus.isPossible]).to.deep.equal([[[], []], false]);
  });

  it('The events that services send for webhooks are right again after the process with the endpoints has died while it stored one', async () => {
    const shop = await start();
    await shop.create('order.placed');
    await shop.withdraw();
    const types = ['order.placed', 'order.cancelled'] as const;
    await shop.choose(0, { version: 3, types }); // by a transaction that has not committed
    await shop.create('product.created');
    expect(await shop.sent()).to.deep.equal([
      ['order.cancelled', 'order.placed', 'product.created'],
      ['order.placed', 'product.created'],
    ]);
    shop.surplus.isPossible = true; // as after each start
    await shop.withdraw();
    expect(await shop.sent()).to.deep.equal(Array(2).fill(['order.placed', 'product.created']));
  });

  it('The events that services send for webhooks are right again after a database was restored that knows an earlier version', async () => {
    const shop = await start();
    await shop.choose(1, { version: 7, types: [] });
    expect(await outcomeOf(shop.create('order.placed'))).to.equal('service_unavailable');
    expect(await shop.stored()).to.deep.equal([]);
    expect(shop.surplus.isPossible).to.equal(true);
    await shop.withdraw();
    await shop.create('order.placed');
    expect(await shop.sent()).to.deep.equal(Array(2).fill(['order.placed']));
  });

  it('The events that services send for webhooks are never fewer than endpoints want, whatever is lost, late or done at once', async () => {
    const endings = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(fate, { maxLength: 16 }), async (scheduler, fates) => {
        const shop = await start(scheduler, fates);
        const [kept, other] = [await shop.create('order.placed'), await shop.create('product.created')];
        await shop.withdraw();
        shop.surplus.isPossible = true;
        const outcomes = await shop.race([
          () => shop.create('stock.depleted'),
          () => shop.withdraw(),
          () => shop.edit(kept.endpoint.id, { eventTypes: ['order.shipped'] }),
          () => shop.remove(other.endpoint.id),
          () => shop.create('customer.created'),
          async () => {
            await shop.restart(0);
            shop.surplus.isPossible = true;
            await shop.withdraw();
          },
        ]);
        expect(shop.problems).to.deep.equal([]);
        if (!fates.some((each) => each.includes('lost')))
          expect(outcomes).to.deep.equal(outcomes.map(() => 'done'));
        const stored = await shop.stored();
        expect(stored).to.have.deep.members([...shop.promised.values()]);
        const wanted = sourceTypesFor(stored);
        for (const types of await shop.sent()) expect(types).to.include.members([...wanted]);
        shop.surplus.isPossible = true;
        await shop.withdraw();
        expect(await shop.sent()).to.deep.equal(Array(2).fill(wanted));
        endings.add(outcomes.join());
      }),
      runs(150),
    );
    expect(endings.size, 'endings').to.be.greaterThan(3);
  });
});
