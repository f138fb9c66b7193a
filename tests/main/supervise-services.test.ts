import { expect } from 'chai';
import { pino } from 'pino';
import type { ServiceName } from '#src/main/services.js';
import type { Announcement } from '#src/main/workers/announcement.js';
import { superviseServices, type ServiceProcess } from '#src/main/workers/supervise-services.js';
import type { WorkerEnd } from '#src/main/workers/supervise.js';

interface FakeService extends ServiceProcess {
  readonly name: ServiceName;
  readonly heard: string[];
  readonly serve: () => void;
  readonly end: (end?: Partial<WorkerEnd>) => void;
}

const announcementOf = (service: ServiceName): Announcement => ({
  service,
  url: `http://${service}`,
  logIn: null,
  data: null,
  operationsUrl: null,
});

const aService = (name: ServiceName, pid: number): FakeService => {
  let serve: (announcement: Announcement) => void = () => undefined;
  let end: (end: WorkerEnd) => void = () => undefined;
  const heard: string[] = [];
  return {
    name,
    pid,
    heard,
    serving: new Promise((resolve) => (serve = resolve)),
    ended: new Promise((resolve) => (end = resolve)),
    kill: (signal) => heard.push(signal),
    serve: () => {
      serve(announcementOf(name));
    },
    end: (how = {}) => {
      end({ code: 0, signal: null, ...how });
    },
  };
};

/** Lets everything happen that follows from what has happened. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

const supervised = () => {
  const started: FakeService[] = [];
  const announced: string[] = [];
  const exits: number[] = [];
  const pauses: { readonly ms: number; readonly call: () => void }[] = [];
  const time = { now: 0 };
  const supervisor = superviseServices({
    groups: [['user'], ['product', 'customer'], ['gateway']],
    start: (name) => {
      const service = aService(name, started.length + 1);
      started.push(service);
      return service;
    },
    announce: (announcements) => announced.push([...announcements.values()].map(({ url }) => url).join(' ')),
    logger: pino({ level: 'silent' }),
    after: (ms, call) => pauses.push({ ms, call }),
    clock: () => time.now,
    exit: (code) => exits.push(code),
  });
  const names = (): readonly ServiceName[] => started.map(({ name }) => name);
  /** Returns the process that was started last as this service. */
  const last = (name: ServiceName): FakeService => {
    const found = started.findLast((service) => service.name === name);
    if (found === undefined) throw new Error(`${name} was not started`);
    return found;
  };
  const serve = async (...services: ServiceName[]): Promise<void> => {
    for (const name of services) last(name).serve();
    await settle();
  };
  const end = async (name: ServiceName, how?: Partial<WorkerEnd>): Promise<void> => {
    last(name).end(how);
    await settle();
  };
  /** Ends the pauses that were asked for so far, and returns how long they were. */
  const pass = async (): Promise<number[]> => {
    const passed = pauses.splice(0);
    for (const { call } of passed) call();
    await settle();
    return passed.map(({ ms }) => ms);
  };
  return { ...{ supervisor, names, last, serve, end, announced, exits, pass, time } };
};

/** Services that serve for longer than one that fails early. */
const open = async () => {
  const shop = supervised();
  await shop.serve('user');
  await shop.serve('product', 'customer');
  await shop.serve('gateway');
  shop.time.now += 60_000;
  return shop;
};

describe('The supervisor of services', () => {
  it('The supervisor of services starts a group when the ones before it serve, and says once that the shop is open', async () => {
    const { names, serve, announced } = supervised();
    expect(names()).to.deep.equal(['user']);
    await serve('user');
    expect(names()).to.deep.equal(['user', 'product', 'customer']);
    await serve('customer');
    expect(names()).to.have.length(3);
    await serve('product');
    expect(names()).to.deep.equal(['user', 'product', 'customer', 'gateway']);
    expect(announced).to.deep.equal([]);
    await serve('gateway');
    expect(announced).to.deep.equal(['http://user http://customer http://product http://gateway']);
  });

  it('The supervisor of services stops all of them and exits with the code of one that can not start', async () => {
    const { names, last, serve, end, exits, pass } = supervised();
    await serve('user');
    await end('product', { code: 3 });
    expect([last('customer').heard, last('user').heard]).to.deep.equal([['SIGTERM'], []]);
    await end('customer', { code: null, signal: 'SIGTERM' });
    expect(last('user').heard).to.deep.equal(['SIGTERM']);
    await end('user');
    await pass();
    expect([exits, names()]).to.deep.equal([[3], ['user', 'product', 'customer']]);
  });

  it('The supervisor of services exits with 1 when one ends without an error before it serves', async () => {
    const { end, exits } = supervised();
    await end('user', { code: 0 });
    expect(exits).to.deep.equal([1]);
  });

  it('The supervisor of services starts one again that was killed before it served, and goes on when it serves', async () => {
    const { names, serve, end, exits, pass } = supervised();
    await end('user', { code: null, signal: 'SIGKILL' });
    expect(await pass()).to.deep.equal([500]);
    await serve('user');
    expect([names(), exits]).to.deep.equal([['user', 'user', 'product', 'customer'], []]);
  });

  it('The supervisor of services starts only the one again that has died, and does not announce the shop once more', async () => {
    const { names, serve, end, announced, exits, pass } = await open();
    await end('product', { code: null, signal: 'SIGKILL' });
    expect(await pass()).to.deep.equal([0]);
    await serve('product');
    expect(names().slice(4)).to.deep.equal(['product']);
    expect([announced.length, exits]).to.deep.equal([1, []]);
  });

  it('The supervisor of services waits longer and longer for one that dies again and again, and not for the others', async () => {
    const { end, pass, time } = await open();
    const pauses: number[] = [];
    for (let death = 0; death < 9; death += 1) {
      await end('product', { code: 1 });
      pauses.push(...(await pass()));
    }
    expect(pauses).to.deep.equal([0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    await end('user', { code: 1 });
    expect(await pass(), 'of another service').to.deep.equal([0]);
    time.now += 60_000;
    await end('product', { code: 1 });
    expect(await pass(), 'after it has served for a while').to.deep.equal([0]);
  });

  it('The supervisor of services stops the gateway first, each group when the one before it has ended, then exits with 0', async () => {
    const { supervisor, last, end, exits } = await open();
    supervisor.stop('SIGINT');
    const heard = () => (['gateway', 'product', 'customer', 'user'] as const).map((name) => last(name).heard);
    expect(heard()).to.deep.equal([['SIGINT'], [], [], []]);
    await end('gateway');
    expect(heard()).to.deep.equal([['SIGINT'], ['SIGINT'], ['SIGINT'], []]);
    await end('product');
    expect(last('user').heard).to.deep.equal([]);
    await end('customer');
    expect([last('user').heard, exits]).to.deep.equal([['SIGINT'], []]);
    await end('user');
    expect(exits).to.deep.equal([0]);
  });

  it('The supervisor of services starts none while it stops, neither a next group nor one that waits after its death', async () => {
    const { supervisor, names, last, serve, end, exits, pass } = supervised();
    await serve('user');
    await end('product', { code: null, signal: 'SIGKILL' });
    supervisor.stop('SIGTERM');
    await serve('customer');
    await pass();
    await end('customer', { code: null, signal: 'SIGTERM' });
    await end('user');
    expect([names(), exits]).to.deep.equal([['user', 'product', 'customer'], [0]]);
    expect(last('user').heard).to.deep.equal(['SIGTERM']);
  });

  it('The supervisor of services exits with 1 when one could not shut down cleanly, or was killed meanwhile', async () => {
    for (const how of [{ code: 1 }, { code: null, signal: 'SIGKILL' }]) {
      const { supervisor, end, exits } = await open();
      supervisor.stop('SIGTERM');
      await end('gateway', how);
      for (const name of ['product', 'customer', 'user'] as const) await end(name);
      expect(exits).to.deep.equal([1]);
    }
  });

  it('The supervisor of services kills those that run', async () => {
    const { supervisor, last, end } = await open();
    await end('product', { code: 1 });
    supervisor.stop('SIGTERM');
    supervisor.kill();
    expect(last('gateway').heard).to.deep.equal(['SIGTERM', 'SIGKILL']);
    expect([last('user').heard, last('product').heard]).to.deep.equal([['SIGKILL'], []]);
  });
});
