import { expect } from 'chai';
import type { Brand } from '#src/kernel/brand.js';
import { PREPARE_AGAIN, refuseAfterCommit } from '#src/kernel/command.js';
import type { Transact, Work } from '#src/kernel/transact.js';
import { failDatabase } from '#src/platform/database/database-errors.js';
import { parseKey } from '#src/platform/http/pipeline/idempotency-key.js';
import type { RouteInput } from '#src/platform/http/routes/route.js';
import { runCommand, type Command, type CommandPorts } from '#src/platform/http/pipeline/run-command.js';
import { memoryIdempotencyStore } from '#src/platform/idempotency/memory-idempotency-store.js';
import type { IdempotencyKey } from '#src/platform/idempotency/idempotency-store.js';
import { memoryStore, type MemoryScope } from '#src/platform/memory/store.js';
import { memoryTable } from '#src/platform/memory/table.js';
import { rememberingTrail, type Told } from '../../support/audit.js';
import { gate, refusal, rejectionOf } from '../../support/contract-tools.js';
import { aRouteInput } from '../../support/route-input.js';

interface Order {
  readonly id: string;
}

interface Ports extends CommandPorts {
  readonly scope: MemoryScope;
}

const orderTable = memoryTable<Order>({ name: 'orders', key: ({ id }) => id });

const KEY: IdempotencyKey = {
  id: 'a'.repeat(64),
  caller: 'me',
  fingerprint: 'b'.repeat(64),
  at: new Date(0),
  quota: 1_000_000,
};

const KEYED = aRouteInput({ idempotencyKey: KEY });

const memoryPorts = () => {
  const store = memoryStore();
  const told: Told[] = [];
  const transact: Transact<Ports> = (work) =>
    store.transact((scope) =>
      work({ scope, idempotency: memoryIdempotencyStore(scope), audit: rememberingTrail(told) }),
    );
  const orders = async (): Promise<number> => (await store.outside.table(orderTable).all()).length;
  return { transact, told, orders };
};

describe('a command', () => {
  it('A command that maps what it has found gives a repeated request the first response, and the audit log its subject', async () => {
    const { transact, told } = memoryPorts();
    const find: Work<Ports, { readonly found: number }> = () => Promise.resolve({ found: 42 });
    const row: Command<RouteInput, Ports, { readonly total: number }> = {
      transact,
      command: () => async (ports) => ({ total: (await find(ports)).found }),
      audit: {
        action: 'thing.counted',
        subject: ({ total }) => `thing ${String(total)}` as Brand<string, string>,
      },
      reply: (result) => ({ status: 200, body: result }),
    };
    const [first, second] = [await runCommand(row, KEYED), await runCommand(row, KEYED)];
    expect([first.body, second.body]).to.deep.equal([{ total: 42 }, { total: 42 }]);
    expect(told.map(({ subject }) => subject)).to.deep.equal(['thing 42']);
  });

  it('A command that refuses after the commit keeps what it has stored, and fails', async () => {
    const { transact, orders } = memoryPorts();
    let refused = 0;
    const refusing = {
      transact,
      command:
        () =>
        async ({ scope }: Ports) => {
          await scope.table(orderTable).insert({ id: String((refused += 1)) });
          return refuseAfterCommit(new Error('refused'));
        },
      reply: () => expect.fail('there is nothing to tell'),
    };
    expect(await rejectionOf(runCommand(refusing, aRouteInput()))).to.equal('refused');
    expect(await orders()).to.equal(1);
    expect(await rejectionOf(runCommand(refusing, KEYED)), 'no key can be kept').to.contain('claimed key');
    expect(await orders()).to.equal(1);
  });

  it('A command that has to be prepared again is, as often as it takes', async () => {
    const { transact } = memoryPorts();
    let prepared = 0;
    const row: Command<RouteInput, Ports, number> = {
      transact,
      command: () => {
        prepared += 1;
        const time = prepared;
        return () => Promise.resolve(time < 3 ? PREPARE_AGAIN : time);
      },
      reply: (result) => ({ status: 200, body: result }),
    };
    expect((await runCommand(row, aRouteInput())).body).to.equal(3);
  });

  it('A command does what follows after its commit, and nothing for a replay', async () => {
    const { transact, orders } = memoryPorts();
    const seen: unknown[] = [];
    const row: Command<RouteInput, Ports, Order> = {
      transact,
      command:
        () =>
        async ({ scope }) => {
          const order = { id: '1' };
          await scope.table(orderTable).insert(order);
          return order;
        },
      reply: (order) => ({ status: 201, body: order }),
      afterwards: async (order) => {
        seen.push([order, await orders()]);
      },
    };
    await runCommand(row, KEYED);
    await runCommand(row, KEYED);
    expect(seen).to.deep.equal([[{ id: '1' }, 1]]);
  });
});

describe('a command under an Idempotency-Key', () => {
  const shop = () => {
    const { transact, orders } = memoryPorts();
    let made = 0;
    /** Makes one more order. */
    const place: Work<Ports, Order> = async ({ scope }) => {
      made += 1;
      const order = { id: String(made) };
      await scope.table(orderTable).insert(order);
      return order;
    };
    const reply = (order: Order) => ({
      status: 201,
      body: order,
      headers: { Location: `/orders/${order.id}` },
    });
    const row: Command<RouteInput, Ports, Order> = { transact, command: () => place, reply };
    return {
      transact,
      request: (through: Transact<Ports> = transact, idempotencyKey = KEY) =>
        runCommand({ ...row, transact: through }, aRouteInput({ idempotencyKey })),
      /** A request whose reply is stored by the order's id, as long as the order exists. */
      recalled: (again: (scope: MemoryScope, id: string) => Promise<Order>) =>
        runCommand(
          {
            ...row,
            recall: { newReference: () => String(made + 1), again: ({ scope }, id) => again(scope, id) },
          },
          KEYED,
        ),
      kept: () => transact(({ idempotency }) => idempotency.find(KEY)),
      orders,
    };
  };

  it('A command under an Idempotency-Key returns the first reply to a second request, and marks it', async () => {
    const { request, orders } = shop();
    const first = await request();
    expect(await request()).to.deep.equal({
      ...first,
      headers: { ...first.headers, 'Idempotent-Replayed': 'true' },
    });
    expect(await orders()).to.equal(1);
  });

  it('A command under an Idempotency-Key finds out by its record whether a COMMIT whose reply was lost has happened', async () => {
    for (const reached of [true, false]) {
      const { request, transact, orders } = shop();
      let lost = false;
      const losing: Transact<Ports> = async (work) => {
        if (lost) return transact(work);
        lost = true;
        if (reached) await transact(work);
        throw failDatabase('outcome_unknown');
      };
      const answer = await request(losing);
      expect(answer.status, 'an answer like any other').to.equal(201);
      expect(answer.headers).not.to.include.keys('Idempotent-Replayed');
      expect(await orders()).to.equal(1);
    }
  });

  it('A command under an Idempotency-Key leaves it to the caller when every COMMIT is lost', async () => {
    const { request, orders } = shop();
    const losing: Transact<Ports> = () => Promise.reject(failDatabase('outcome_unknown'));
    expect(await rejectionOf(request(losing))).to.equal(failDatabase('outcome_unknown').message);
    expect(await orders()).to.equal(0);
    expect((await request()).status, 'the key is free again').to.equal(201);
  });

  it('A command under an Idempotency-Key does not claim that nothing has happened when it can not find out', async () => {
    const { request, transact, orders } = shop();
    let losses = 0;
    const losing: Transact<Ports> = async (work) => {
      losses += 1;
      if (losses > 1) throw failDatabase('database_unavailable');
      await transact(work);
      throw failDatabase('outcome_unknown');
    };
    expect(await rejectionOf(request(losing))).to.equal(failDatabase('outcome_unknown').message);
    expect(await orders()).to.equal(1);
  });

  it('A command under an Idempotency-Key renders a reply again that is stored by a reference, and marks it as a replay', async () => {
    const { recalled, kept, orders } = shop();
    const read: string[] = [];
    const again = async (scope: MemoryScope, id: string): Promise<Order> => {
      read.push(id);
      return (await scope.table(orderTable).find(id)) ?? expect.fail('the order is gone');
    };
    const first = await recalled(again);
    expect(await kept()).to.deep.equal({ reference: '1' });
    expect(read).to.deep.equal([]);
    expect(await recalled(again)).to.deep.equal({
      ...first,
      headers: { ...first.headers, 'Idempotent-Replayed': 'true' },
    });
    expect([read, await orders()]).to.deep.equal([['1'], 1]);
  });

  it('A command under an Idempotency-Key returns a reply that is stored by value where others are stored by reference', async () => {
    const { request, recalled } = shop();
    const first = await request();
    const replay = await recalled(() => Promise.reject(new Error('nobody reads it again')));
    expect(replay.body).to.deep.equal(first.body);
  });

  it('A command under an Idempotency-Key refuses a concurrent request in the same process at once, and only while it runs', async () => {
    const { request, transact, orders } = shop();
    const started = gate();
    const release = gate();
    const slow: Transact<Ports> = async (work) => {
      started.open();
      await release.opened;
      return transact(work);
    };
    const first = request(slow);
    await started.opened;
    expect(await rejectionOf(request())).to.contain('still running');
    release.open();
    await first;
    expect((await request()).headers).to.include({ 'Idempotent-Replayed': 'true' });
    expect(await orders()).to.equal(1);
  });
});

describe('the Idempotency-Key header', () => {
  it('The Idempotency-Key header is one key, bare or quoted', () => {
    expect([parseKey('k-1'), parseKey('"k-1"')]).to.deep.equal(['k-1', 'k-1']);
    expect(parseKey('"say \\"hi\\" \\\\"')).to.equal('say "hi" \\');
    expect(parseKey('x'.repeat(255))).to.have.length(255);
  });

  for (const field of [
    '',
    ' ',
    '""',
    '"open',
    '"a"b',
    '"a\\b"',
    'ä',
    'x'.repeat(256),
    `"${'x'.repeat(256)}"`,
  ]) {
    it(`The Idempotency-Key header is refused as ${JSON.stringify(field.slice(0, 20))}`, () => {
      expect(refusal(() => parseKey(field)).code).to.equal('invalid_idempotency_key');
    });
  }
});
