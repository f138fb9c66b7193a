import { expect } from 'chai';
import { pino } from 'pino';
import { setTimeout as aMoment } from 'node:timers/promises';
import type { Transact } from '#src/kernel/transact.js';
import { memoryPersistence } from '#src/main/persistence/memory-persistence.js';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import type { OutboxEvent, OutboxReader, OutboxRepository } from '#src/platform/outbox/outbox.js';
import { outboxRelay, type Relay, type RelayOptions } from '#src/platform/outbox/relay.js';
import type { Subscriber } from '#src/platform/outbox/subscriber.js';
import { newId } from '../../support/builders/ids.js';
import { aHistory, anEvent, aSubscriber } from '../../support/builders/outbox.js';
import { gate } from '../../support/contract-tools.js';
import {
  onEverySqlDatabase,
  onServer,
  openSqlDatabase,
  type SqlDatabaseName,
} from '../../support/databases.js';
import { eventually } from '../../support/eventually.js';
import { USD } from '../../support/persistences.js';

interface Outbox {
  readonly outside: { readonly outbox: OutboxReader };
  readonly transact: Transact<{ readonly outbox: OutboxRepository }>;
}

interface Store {
  /** One for each process that works on the store: on a SQL database each has connections of its own. */
  readonly processes: readonly [Outbox, Outbox];
  close(): Promise<void>;
}

const inMemory = (): Promise<Store> => {
  const store = memoryPersistence();
  return Promise.resolve({ processes: [store, store], close: () => store.close() });
};

const forEachStore = (body: (open: () => Promise<Store>) => void): void => {
  describe('Relays on memory', () => {
    body(inMemory);
  });
  const onDatabase = (name: SqlDatabaseName): void => {
    body(async () => {
      const database = await openSqlDatabase(name, { connections: 3 });
      return {
        processes: [
          sequelizePersistence(database.sequelize, USD),
          sequelizePersistence(database.another({ node: 2 }), USD),
        ],
        close: () => database.close(),
      };
    });
  };
  onEverySqlDatabase('Relays', onDatabase);
  onServer('Galera', 'Relays', () => {
    onDatabase('Galera');
  });
};

/** Fast enough that a test need not wait long for what is due again. */
/** Does nothing by the clock within a test. */
const PATIENT: RelayOptions = { pollMs: 3_600_000, deliverWithinMs: 3_600_000 };
const QUICK: RelayOptions = { pollMs: 10, firstPauseMs: 5, longestPauseMs: 20, deliverWithinMs: 2_000 };

type Handle = Subscriber['handle'];

/** A subscriber that only takes down what it is told. */
const into =
  (seen: string[]): Handle =>
  ({ id }) => {
    seen.push(id);
    return Promise.resolve();
  };

forEachStore((open) => {
  let store: Store;
  let running: Relay[];
  beforeEach(async () => {
    store = await open();
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((relay) => relay.stop()));
    await store.close();
  });

  const relayOn = (
    { outside, transact }: Outbox,
    handle: Handle,
    options: RelayOptions = {},
    log: (line: Readonly<Record<string, unknown>>) => void = () => undefined,
  ): Relay => {
    const relay = outboxRelay(
      {
        ...outside,
        ...{ transact, subscribers: [aSubscriber(handle)], newClaimId: newId<never> },
        logger: pino(
          {},
          {
            write: (line) => {
              log(JSON.parse(line) as Readonly<Record<string, unknown>>);
            },
          },
        ),
      },
      { ...QUICK, ...options },
    );
    running.push(relay);
    return relay;
  };
  const start = (...given: Parameters<typeof relayOn>): void => {
    relayOn(...given).start();
  };
  const add = (...events: readonly OutboxEvent[]) =>
    store.processes[0].transact(({ outbox }) => outbox.add(events));
  const parkedIds = async () => (await store.processes[0].outside.outbox.parked(100)).map(({ id }) => id);
  const settledAll = () =>
    eventually(
      // An event that nobody can have claimed is not due either: claim what is left as the last one would.
      async () => (await store.processes[0].outside.outbox.due(1)).length === 0,
      'nothing to be due any more',
    );

  it('delivers an event as it was appended', async () => {
    const event = anEvent();
    const seen: OutboxEvent[] = [];
    start(store.processes[0], (delivered) => {
      seen.push(delivered);
      return Promise.resolve();
    });
    await add(event);
    await eventually(() => seen.length > 0, 'the event');
    expect(seen).to.deep.equal([event]);
  });

  it('delivers every event once, in the order of each aggregate, when several relays work at once', async () => {
    const histories = Array.from({ length: 12 }, () => aHistory(6));
    // The last first, so that their order in the table says nothing.
    for (const history of histories) await add(...history.toReversed());
    const seen: { readonly by: number; readonly event: OutboxEvent }[] = [];
    const inHand = new Set<string>();
    const subscriber =
      (by: number): Handle =>
      async (event) => {
        expect(inHand.has(event.aggregateId), 'two of one aggregate at a time').to.equal(false);
        inHand.add(event.aggregateId);
        await aMoment(Math.random() * 4);
        inHand.delete(event.aggregateId);
        seen.push({ by, event });
      };
    const parkedWith: unknown[] = [];
    [0, 1, 0, 1].forEach((process, by) => {
      start(
        store.processes[process === 0 ? 0 : 1],
        subscriber(by),
        { concurrency: 3, maxTries: 1 },
        ({ level, err }) => level === 50 && parkedWith.push(err),
      );
    });
    await eventually(() => seen.length >= 72 || parkedWith.length > 0, 'all events');
    await settledAll();
    expect(parkedWith).to.deep.equal([]);
    expect(seen).to.have.length(72);
    expect(new Set(seen.map(({ by }) => by)).size, 'relays that took part').to.be.above(1);
    for (const [first] of histories) {
      const mine = seen.filter(({ event }) => event.aggregateId === first?.aggregateId);
      expect(mine.map(({ event }) => event.version)).to.deep.equal([1, 2, 3, 4, 5, 6]);
    }
  });

  it('takes over from a relay that died with an event in its hands, when the lease has run out', async () => {
    const [first, second] = aHistory(2) as [OutboxEvent, OutboxEvent];
    await add(first, second);
    const until = performance.now() + 390; // the lease begins later, and lasts 400 by a clock of whole milliseconds
    const leased = await store.processes[1].transact(({ outbox }) =>
      outbox.claim([first.id], { claimId: newId<never>(), leaseMs: 400 }),
    );
    expect(leased).to.have.length(1);
    const seen: { readonly id: string; readonly early: boolean }[] = [];
    start(store.processes[0], ({ id }) => {
      seen.push({ id, early: performance.now() < until });
      return Promise.resolve();
    });
    await eventually(() => seen.length === 2, 'both events');
    expect(seen).to.deep.equal([
      { id: first.id, early: false },
      { id: second.id, early: false },
    ]);
  });

  it('tries a failed event again, and no later one of its aggregate before', async () => {
    const history = aHistory(2);
    await add(...history);
    const seen: number[] = [];
    start(store.processes[0], ({ version }) => {
      seen.push(version);
      return seen.length < 3 ? Promise.reject(new Error('not now')) : Promise.resolve();
    });
    await eventually(() => seen.length === 4, 'both events');
    expect(seen).to.deep.equal([1, 1, 1, 2]);
  });

  it('parks what always fails after its tries, with its aggregate and nobody else, until it is requeued', async () => {
    const [poisoned, later] = aHistory(2) as [OutboxEvent, OutboxEvent];
    const others = aHistory(3);
    await add(poisoned, later, ...others);
    let cured = false;
    const seen: string[] = [];
    const lines: Readonly<Record<string, unknown>>[] = [];
    start(
      store.processes[0],
      ({ id }) => {
        seen.push(id);
        return id === poisoned.id && !cured ? Promise.reject(new Error('poison')) : Promise.resolve();
      },
      { maxTries: 3 },
      (line) => lines.push(line),
    );
    await eventually(async () => (await parkedIds()).length === 1, 'the event to be parked');
    await eventually(() => others.every(({ id }) => seen.includes(id)), 'the others');
    expect(await parkedIds()).to.deep.equal([poisoned.id]);
    expect(seen.filter((id) => id === poisoned.id)).to.have.length(3);
    expect(seen).not.to.include(later.id);
    const [parked] = lines.filter(({ level }) => level === 50);
    expect(parked?.['event']).to.include({ id: poisoned.id, type: 'order.placed' });
    expect(parked?.['msg']).to.include('parked');

    cured = true;
    await store.processes[0].transact(({ outbox }) => outbox.requeue(poisoned.id));
    await eventually(() => seen.includes(later.id), 'the event behind it');
    expect(seen.slice(-2)).to.deep.equal([poisoned.id, later.id]);
    expect(await parkedIds()).to.deep.equal([]);
  });

  it('parks an event over which relays died as often as it may be tried, and delivers it no more', async () => {
    const event = anEvent();
    await add(event);
    for (const tries of [1, 2]) {
      const [claimed] = await eventually(async () => {
        const claims = await store.processes[1].transact(({ outbox }) =>
          outbox.claim([event.id], { claimId: newId<never>(), leaseMs: 10 }),
        );
        return claims.length > 0 ? claims : null;
      }, 'the last lease to run out');
      expect(claimed?.tries).to.equal(tries);
    }
    const seen: string[] = [];
    start(store.processes[0], into(seen), { maxTries: 2 });
    await eventually(async () => (await parkedIds()).length === 1, 'the event to be parked');
    expect(seen).to.deep.equal([]);
  });

  it('gives up a subscriber that hangs, and goes on with others meanwhile', async () => {
    const [hanging, other] = [anEvent(), anEvent()];
    await add(hanging, other);
    const seen: string[] = [];
    let aborted = false;
    start(
      store.processes[0],
      ({ id }, signal) => {
        seen.push(id);
        if (id !== hanging.id) return Promise.resolve();
        signal.addEventListener('abort', () => (aborted = true));
        return new Promise(() => undefined);
      },
      { deliverWithinMs: 200, maxTries: 1 },
    );
    await eventually(() => seen.includes(other.id), 'the other event');
    expect(aborted).to.equal(false);
    await eventually(async () => (await parkedIds()).length === 1, 'the event to be parked');
    expect(aborted).to.equal(true);
  });

  it('looks at once when it is woken', async () => {
    const { outside, transact } = store.processes[0];
    const seen: string[] = [];
    let looks = 0;
    const outbox: OutboxReader = {
      ...outside.outbox,
      due: async (limit) => {
        const due = await outside.outbox.due(limit);
        looks += 1;
        return due;
      },
    };
    const relay = relayOn({ outside: { outbox }, transact }, into(seen), PATIENT);
    relay.start();
    await eventually(() => looks === 1, 'the relay to find nothing');
    const event = anEvent();
    await add(event);
    relay.wake();
    await eventually(() => seen.length > 0, 'the event');
    expect(seen).to.deep.equal([event.id]);
  });

  it('finishes what is in flight when it is stopped, and begins nothing more', async () => {
    const history = aHistory(2);
    const [first, second] = history as [OutboxEvent, OutboxEvent];
    await add(first, second);
    const { opened: begun, open: begin } = gate();
    const { opened: allowed, open: allow } = gate();
    const seen: string[] = [];
    const relay = relayOn(
      store.processes[0],
      async ({ id }) => {
        begin();
        await allowed;
        seen.push(id);
      },
      PATIENT,
    );
    relay.start();
    await begun;
    let stopped = false;
    const stop = relay.stop().then(() => (stopped = true));
    expect(await store.processes[0].outside.outbox.due(10)).to.deep.equal([]);
    expect(stopped).to.equal(false);
    allow();
    await stop;
    expect(seen).to.deep.equal([first.id]);
    // The first is settled, so that the second is due, for another relay.
    expect(await store.processes[0].outside.outbox.due(10)).to.deep.equal([second.id]);
  });

  it('purges what was delivered once it has been kept long enough', async () => {
    const event = anEvent();
    await add(event);
    start(store.processes[0], () => Promise.resolve(), { keepMs: 0, purgeEveryMs: 10, purgeBatch: 1 });
    // What is purged can be added again; what is kept collides.
    await eventually(
      () =>
        add({ ...event, id: newId<never>() }).then(
          () => true,
          () => false,
        ),
      'the event to be purged',
    );
  });

  it('goes on when the outbox was away for a while, and says once that it is away and once that it is back', async () => {
    const { outside, transact } = store.processes[0];
    let away = true;
    const lines: unknown[] = [];
    const seen: string[] = [];
    let looks = 0;
    const outbox: OutboxReader = {
      ...outside.outbox,
      due: (limit) => {
        looks += 1;
        return away ? Promise.reject(new Error('away')) : outside.outbox.due(limit);
      },
    };
    start({ outside: { outbox }, transact }, into(seen), {}, ({ msg }) => {
      if (msg !== 'event') lines.push(msg);
    });
    const event = anEvent();
    await add(event);
    await eventually(() => looks > 3, 'some attempts');
    away = false;
    await eventually(
      () => seen.length > 0 && lines.length > 1,
      'the event, and the line that the outbox is back',
    );
    expect(lines).to.deep.equal([
      'the outbox cannot be reached; trying again',
      'the outbox can be reached again',
    ]);
  });
});
