import { expect } from 'chai';
import { pino } from 'pino';
import { setTimeout as aMoment } from 'node:timers/promises';
import type { Transact } from '#src/kernel/transact.js';
import { memoryPersistence } from '#src/main/persistence/memory-persistence.js';
import { sequelizePersistence } from '#src/main/persistence/sequelize-persistence.js';
import type { OutboxEvent, OutboxReader, OutboxRepository } from '#src/platform/outbox/outbox.js';
import { outboxRelay, type Relay, type RelayOptions } from '#src/platform/outbox/relay.js';
import { retryLater, type Subscriber, type SubscriberSource } from '#src/platform/outbox/subscriber.js';
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

/** Does nothing by the clock within a test. */
const PATIENT: RelayOptions = { pollMs: 3_600_000, deliverWithinMs: 3_600_000 };
/** Fast enough that a test need not wait long for what is due again. */
const QUICK: RelayOptions = { pollMs: 10, firstPauseMs: 5, longestPauseMs: 20, deliverWithinMs: 2_000 };

type Handle = Subscriber['handle'];

/** Only notes what it receives. */
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

  type Log = (line: Readonly<Record<string, unknown>>) => void;

  const relayOf = (
    { outside, transact }: Outbox,
    subscribers: readonly Subscriber[],
    options: RelayOptions = {},
    log: Log = () => undefined,
    sources: readonly SubscriberSource[] = [],
  ): Relay => {
    const relay = outboxRelay(
      {
        ...outside,
        ...{ transact, subscribers, sources, newClaimId: newId<never> },
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
  const relayOn = (outbox: Outbox, handle: Handle, options: RelayOptions = {}, log?: Log): Relay =>
    relayOf(outbox, [aSubscriber(handle)], options, log);
  const start = (...given: Parameters<typeof relayOn>): void => {
    relayOn(...given).start();
  };
  const { name: NAME, types } = aSubscriber(() => Promise.resolve());
  const within = <T>(work: (outbox: OutboxRepository) => Promise<T>, process: 0 | 1 = 0): Promise<T> =>
    store.processes[process].transact(({ outbox }) => work(outbox));
  const reader = () => store.processes[0].outside.outbox;
  const add = (...events: readonly OutboxEvent[]) => within((outbox) => outbox.add(events));
  /** Makes deliveries as a relay does. */
  const dispatch = async (...events: readonly OutboxEvent[]): Promise<void> => {
    await within((outbox) => outbox.subscribe({ subscriber: NAME, types }));
    await add(...events);
    await within((outbox) => outbox.dispatch(100));
  };
  const due = () => reader().due({ subscriber: NAME, types }, 100);
  const deadLetters = async () => (await reader().deadLettered({}, 100)).map(({ event }) => event.id);
  const waiting = async (subscriber = NAME) =>
    (await reader().backlogs()).find((backlog) => backlog.subscriber === subscriber)?.waiting;
  const settledAll = () => eventually(async () => (await waiting()) === 0, 'nothing to wait any more');

  it('A relay delivers an event as it was appended', async () => {
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

  it('A relay delivers every event once, in the order of each aggregate, when several relays work at once', async () => {
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
    const deadLetteredWith: unknown[] = [];
    const logged: string[] = [];
    [0, 1, 0, 1].forEach((process, by) => {
      start(
        store.processes[process === 0 ? 0 : 1],
        subscriber(by),
        { concurrency: 3, maxAttempts: 1, dispatchBatch: 7 },
        ({ level, err, msg, event }) => {
          if (level === 50) deadLetteredWith.push(err);
          if (msg === 'event') logged.push((event as OutboxEvent).id);
        },
      );
    });
    await eventually(() => seen.length >= 72 || deadLetteredWith.length > 0, 'all events');
    await settledAll();
    expect(deadLetteredWith).to.deep.equal([]);
    expect(seen).to.have.length(72);
    expect(new Set(seen.map(({ by }) => by)).size, 'relays that took part').to.be.above(1);
    for (const history of histories) {
      const ids = history.map(({ id }): string => id);
      const mine = seen.filter(({ event }) => event.aggregateId === history[0]?.aggregateId);
      expect(mine.map(({ event }) => event.version)).to.deep.equal([1, 2, 3, 4, 5, 6]);
      // The log has each event at least once, and for the first time in this order.
      expect([...new Set(logged)].filter((id) => ids.includes(id))).to.deep.equal(ids);
    }
  });

  it('A relay takes over from a relay that died during a delivery, when the lease has expired', async () => {
    const [first, second] = aHistory(2) as [OutboxEvent, OutboxEvent];
    await dispatch(first, second);
    const until = performance.now() + 390; // the lease begins later, and lasts 400 by a clock of whole milliseconds
    const lease = { claimId: newId<never>(), leaseMs: 400 };
    expect(await within((outbox) => outbox.claim(NAME, [first.id], lease), 1)).to.have.length(1);
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

  it('A relay attempts a failed delivery again, and no later one of its aggregate before', async () => {
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

  it('A relay dead-letters what always fails, with its aggregate and nothing else, until it is requeued', async () => {
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
      { maxAttempts: 3 },
      (line) => lines.push(line),
    );
    await eventually(async () => (await deadLetters()).length === 1, 'the delivery to be dead-lettered');
    await eventually(() => others.every(({ id }) => seen.includes(id)), 'the others');
    expect(await deadLetters()).to.deep.equal([poisoned.id]);
    expect(seen.filter((id) => id === poisoned.id)).to.have.length(3);
    expect(seen).not.to.include(later.id);
    const [logged] = lines.filter(({ level }) => level === 50);
    expect(logged?.['event']).to.include({ id: poisoned.id, type: 'order.placed' });
    expect(logged).to.include({ subscriber: NAME, attempts: 3 });
    expect(logged?.['msg']).to.include('dead-lettered');

    cured = true;
    await within((outbox) => outbox.requeue({ event: poisoned.id }, 1));
    await eventually(() => seen.includes(later.id), 'the event behind it');
    expect(seen.slice(-2)).to.deep.equal([poisoned.id, later.id]);
    expect(await deadLetters()).to.deep.equal([]);
  });

  it('A relay repeats and delays nothing for one subscriber when another fails or hangs', async () => {
    const histories = Array.from({ length: 5 }, () => aHistory(3));
    const all = histories.flat().map(({ id }): string => id);
    const seen: Record<'well' | 'failing' | 'hanging', string[]> = { well: [], failing: [], hanging: [] };
    const noting = (subscriber: keyof typeof seen, then: () => Promise<void>): Subscriber =>
      aSubscriber(
        ({ id }) => {
          seen[subscriber].push(id);
          return then();
        },
        { name: subscriber },
      );
    const subscribers = [
      // Fewer places than aggregates: it has no room left, and others have.
      noting('hanging', () => new Promise(() => undefined)),
      noting('failing', () => Promise.reject(new Error('down'))),
      noting('well', () => Promise.resolve()),
    ];
    relayOf(store.processes[0], subscribers, {
      concurrency: 2,
      maxAttempts: 2,
      deliverWithinMs: 5_000,
    }).start();
    await add(...histories.flat());
    await eventually(
      async () => (await waiting('well')) === 0 && (await deadLetters()).length === 5,
      'the end',
    );
    expect(seen.well).to.have.length(all.length);
    expect(seen.well).to.have.members(all);
    for (const history of histories) {
      const ids = history.map(({ id }): string => id);
      expect(seen.well.filter((id) => ids.includes(id))).to.deep.equal(ids);
    }
    // The first of each aggregate, twice; what follows it waits for this subscriber alone.
    const firsts = histories.map(([first]) => first?.id);
    expect(seen.failing).to.have.length(10);
    expect(seen.failing).to.have.members([...firsts, ...firsts]);
    expect(seen.hanging).to.have.length(2);
  });

  describe('of subscribers that come and go', () => {
    /** How often the relay has looked for subscribers. */
    let looks: number;
    beforeEach(() => {
      looks = 0;
    });
    /** A source of the subscribers in `present`, as a context has it whose data names them. */
    const sourceOf = (present: Map<string, Handle>): SubscriberSource => ({
      prefix: 'live.',
      list: () => {
        looks += 1;
        return Promise.resolve(
          [...present].map(([name, handle]) => ({
            subscriber: aSubscriber(handle, { name }),
            subscribed: types,
          })),
        );
      },
    });
    const startWith = (present: Map<string, Handle>, log?: Log): void => {
      relayOf(store.processes[0], [], {}, log, [sourceOf(present)]).start();
    };
    const subscribe = (name: string) => within((outbox) => outbox.subscribe({ subscriber: name, types }));

    it('A relay delivers to one that came after its start, and no more to one that is gone', async () => {
      const seen: Record<'one' | 'other', string[]> = { one: [], other: [] };
      const present = new Map<string, Handle>([['live.one', into(seen.one)]]);
      startWith(present);
      await eventually(async () => (await waiting('live.one')) === 0, 'the subscription of the first');
      present.set('live.other', into(seen.other));
      await subscribe('live.other');
      const first = anEvent();
      await add(first);
      await eventually(() => seen.one.length + seen.other.length === 2, 'both to have it');
      present.delete('live.one');
      const before = looks;
      // The second look begins after what the first one has found is done.
      await eventually(() => looks >= before + 2, 'the relay to have looked');
      const last = anEvent();
      await add(last);
      await eventually(() => seen.other.includes(last.id), 'the other to have it');
      await eventually(async () => (await waiting('live.one')) === 1, 'it to wait for the one that is gone');
      expect(seen.one).to.deep.equal([first.id]);
    });

    it('A relay warns of a delivery that another has taken over, and not of one that was removed with its subscriber', async () => {
      const held = gate();
      let begun = 0;
      const lost: unknown[] = [];
      const names = ['live.gone', 'live.there'];
      const hold: Handle = () => {
        begun += 1;
        return held.opened;
      };
      const log: Log = ({ msg, subscriber }) => {
        if (String(msg).includes('delivered twice')) lost.push(subscriber);
      };
      startWith(new Map(names.map((name) => [name, hold])), log);
      await eventually(async () => (await waiting('live.there')) === 0, 'the subscriptions');
      await add(anEvent());
      await eventually(() => begun === 2, 'both to have it');
      await within(async (outbox) => {
        for (const name of names) await outbox.unsubscribe(name);
        // Its delivery is gone as if another relay had made it.
        await outbox.subscribe({ subscriber: 'live.there', types });
      });
      held.open();
      await Promise.all(running.map((relay) => relay.stop())); // which stores what has ended
      expect(lost).to.deep.equal(['live.there']);
    });

    it('A relay delivers what waited for one that was gone, when it is there again', async () => {
      const seen: string[] = [];
      const present = new Map<string, Handle>();
      await subscribe('live.one');
      startWith(present);
      const event = anEvent();
      await add(event);
      await eventually(async () => (await waiting('live.one')) === 1, 'the event to wait');
      present.set('live.one', into(seen));
      await eventually(() => seen.length > 0, 'the event');
      expect(seen).to.deep.equal([event.id]);
    });

    it('A relay stores a subscription that is missing when it starts, before it dispatches, and changes none', async () => {
      const seen: string[] = [];
      await within((outbox) => outbox.subscribe({ subscriber: 'live.chosen', types: ['stock.depleted'] }));
      const event = anEvent();
      await add(event);
      startWith(
        new Map([
          ['live.moved', into(seen)],
          ['live.chosen', into([])],
        ]),
      );
      await eventually(() => seen.length > 0, 'the event');
      expect(seen).to.deep.equal([event.id]);
      const stored = (await reader().backlogs()).find(({ subscriber }) => subscriber === 'live.chosen');
      expect(stored?.types).to.deep.equal(['stock.depleted']);
    });

    it('A relay does not warn of what waits for one that is not there', async () => {
      const warnings: unknown[] = [];
      await subscribe('live.one');
      await add(anEvent());
      await within((outbox) => outbox.dispatch(100));
      const seen: string[] = [];
      startWith(new Map([['live.other', into(seen)]]), ({ level, msg }) => {
        if (level === 40) warnings.push(msg);
      });
      await eventually(async () => (await waiting('live.other')) === 0, 'the start');
      const event = anEvent();
      await add(event);
      await eventually(() => seen.includes(event.id), 'the event');
      expect(warnings).to.deep.equal([]);
    });
  });

  it('A relay makes the deliveries of a subscriber as that one says', async () => {
    const seen: number[] = [];
    const handle: Handle = (_event, _signal, { number, isLast }) => {
      seen.push(isLast ? -number : number);
      return Promise.reject(new Error('down'));
    };
    relayOf(store.processes[0], [aSubscriber(handle, { delivery: { maxAttempts: 2 } })]).start();
    await add(anEvent());
    await eventually(async () => (await deadLetters()).length === 1, 'the delivery to be dead-lettered');
    expect(seen).to.deep.equal([1, -2]);
  });

  it('A relay attempts a delivery no earlier than its receiver has asked for', async () => {
    const times: number[] = [];
    start(store.processes[0], () => {
      times.push(performance.now());
      return times.length === 1 ? Promise.reject(retryLater('busy', 400)) : Promise.resolve();
    });
    await add(anEvent());
    await eventually(() => times.length === 2, 'the second attempt');
    expect((times[1] ?? 0) - (times[0] ?? 0)).to.be.at.least(390); // the clock of the database has whole milliseconds
  });

  it('A relay delivers to a subscriber only the types that it names', async () => {
    const [order, stock] = [anEvent(), anEvent({ type: 'stock.depleted', data: {} })];
    const seen: string[] = [];
    const ofStock = aSubscriber(into(seen), { types: ['stock.depleted'] });
    relayOf(store.processes[0], [ofStock, aSubscriber(() => Promise.resolve(), { name: 'all' })]).start();
    await add(order, stock);
    await eventually(async () => seen.length > 0 && (await waiting('all')) === 0, 'the events');
    expect(seen).to.deep.equal([stock.id]);
  });

  it('A relay dispatches also to the subscribers of other processes, and reports what waits for one that it lacks', async () => {
    relayOf(store.processes[1], [aSubscriber(() => Promise.resolve(), { name: 'theirs' })]).start();
    await eventually(async () => (await waiting('theirs')) === 0, 'the other process to subscribe');
    await running.pop()?.stop();
    const seen: string[] = [];
    start(store.processes[0], into(seen));
    const event = anEvent();
    await add(event);
    await eventually(() => seen.length > 0, 'the event');
    await settledAll();
    expect(await waiting('theirs')).to.equal(1);

    const warnings: unknown[] = [];
    start(store.processes[1], into(seen), {}, ({ level, subscriber, waiting: left }) => {
      if (level === 40) warnings.push([subscriber, left]);
    });
    await eventually(() => warnings.length > 0, 'the warning');
    expect(warnings).to.deep.equal([['theirs', 1]]);
    expect(await waiting('theirs'), 'left').to.equal(1);
  });

  it('A relay dead-letters an event during whose every allowed attempt a relay died, and delivers it no more', async () => {
    const event = anEvent();
    await dispatch(event);
    for (const attempts of [1, 2]) {
      const lease = { claimId: newId<never>(), leaseMs: 10 };
      const [claimed] = await eventually(async () => {
        const claims = await within((outbox) => outbox.claim(NAME, [event.id], lease), 1);
        return claims.length > 0 ? claims : null;
      }, 'the last lease to expire');
      expect(claimed?.attempts).to.equal(attempts);
    }
    const seen: string[] = [];
    start(store.processes[0], into(seen), { maxAttempts: 2 });
    await eventually(async () => (await deadLetters()).length === 1, 'the event to be dead-lettered');
    expect(seen).to.deep.equal([]);
  });

  it('A relay gives up an attempt that hangs, and goes on with others meanwhile', async () => {
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
      { deliverWithinMs: 200, maxAttempts: 1 },
    );
    await eventually(() => seen.includes(other.id), 'the other event');
    expect(aborted).to.equal(false);
    await eventually(async () => (await deadLetters()).length === 1, 'the event to be dead-lettered');
    expect(aborted).to.equal(true);
  });

  it('A relay looks at once when it is woken', async () => {
    const { outside, transact } = store.processes[0];
    const seen: string[] = [];
    let looks = 0;
    const outbox: OutboxReader = {
      ...outside.outbox,
      hasUndispatched: async () => {
        const found = await outside.outbox.hasUndispatched();
        looks += 1;
        return found;
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
    expect(looks, 'it was told that there is something').to.equal(1);
  });

  it('A relay finishes what is in flight when it is stopped, and begins nothing more', async () => {
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
    expect(await due()).to.deep.equal([]);
    expect(stopped).to.equal(false);
    allow();
    await stop;
    expect(seen).to.deep.equal([first.id]);
    // The first is settled, so that the second is due, for another relay.
    expect(await due()).to.deep.equal([second.id]);
  });

  it('A relay purges what was delivered once it has been stored long enough', async () => {
    const event = anEvent();
    await add(event);
    start(store.processes[0], () => Promise.resolve(), { keepMs: 0, purgeEveryMs: 10, purgeBatch: 1 });
    // What is purged can be added again; what is stored collides.
    await eventually(
      () =>
        add({ ...event, id: newId<never>() }).then(
          () => true,
          () => false,
        ),
      'the event to be purged',
    );
  });

  it('A relay goes on when the outbox was away for a while, and logs once that it is away and once that it is back', async () => {
    const { outside, transact } = store.processes[0];
    let away = true;
    const lines: unknown[] = [];
    const seen: string[] = [];
    let looks = 0;
    const unlessAway = <T>(look: () => Promise<T>): Promise<T> => {
      looks += 1;
      return away ? Promise.reject(new Error('away')) : look();
    };
    const outbox: OutboxReader = {
      ...outside.outbox,
      hasUndispatched: () => unlessAway(() => outside.outbox.hasUndispatched()),
      due: (...given) => unlessAway(() => outside.outbox.due(...given)),
    };
    start({ outside: { outbox }, transact }, into(seen), {}, ({ msg }) => {
      if (!String(msg).startsWith('event')) lines.push(msg);
    });
    const event = anEvent();
    await add(event);
    await eventually(() => looks > 6, 'some attempts');
    away = false;
    await eventually(
      () => seen.length > 0 && lines.length > 1,
      'the event, and the line that the outbox is back',
    );
    expect(lines).to.deep.equal(['the outbox is unreachable; retrying', 'the outbox is reachable again']);
  });
});

describe('The names of subscribers', () => {
  const relay = (...names: readonly string[]) =>
    outboxRelay({
      outbox: memoryPersistence().outside.outbox,
      transact: memoryPersistence().transact,
      subscribers: names.map((name) => aSubscriber(() => Promise.resolve(), { name })),
      newClaimId: newId<never>,
      logger: pino({ level: 'silent' }),
    });

  it('The names of subscribers are refused when two subscribers share one, or when one cannot be stored', () => {
    expect(() => relay('one', 'two')).not.to.throw();
    expect(() => relay('one', 'two', 'one')).to.throw('two subscribers have the name one');
    for (const name of ['', 'a b', 'ü', 'a'.repeat(65)]) expect(() => relay(name), name).to.throw('1 to 64');
  });
});
