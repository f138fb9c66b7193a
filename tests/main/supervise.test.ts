import { expect } from 'chai';
import { pino } from 'pino';
import { supervise, type Worker, type WorkerEnd } from '#src/main/workers/supervise.js';

interface FakeWorker extends Worker {
  readonly serve: () => void;
  readonly end: (end?: Partial<WorkerEnd>) => void;
  readonly heard: string[];
}

const aWorker = (pid: number): FakeWorker => {
  let serve: (message: string) => void = () => undefined;
  let end: (end: WorkerEnd) => void = () => undefined;
  const heard: string[] = [];
  return {
    pid,
    heard,
    serving: new Promise((resolve) => (serve = resolve)),
    ended: new Promise((resolve) => (end = resolve)),
    retire: () => heard.push('retire'),
    kill: (signal) => heard.push(signal),
    serve: () => {
      serve(`open, says ${String(pid)}`);
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

const supervised = (count: number) => {
  const workers: FakeWorker[] = [];
  const announced: string[] = [];
  const exits: number[] = [];
  const pauses: { readonly ms: number; readonly call: () => void }[] = [];
  const time = { now: 0 };
  const supervisor = supervise({
    count,
    fork: () => {
      const worker = aWorker(workers.length + 1);
      workers.push(worker);
      return worker;
    },
    announce: (message) => announced.push(message),
    logger: pino({ level: 'silent' }),
    after: (ms, call) => pauses.push({ ms, call }),
    clock: () => time.now,
    exit: (code) => exits.push(code),
  });
  const worker = (pid: number): FakeWorker => {
    const found = workers[pid - 1];
    if (found === undefined) throw new Error(`there is no worker ${String(pid)}`);
    return found;
  };
  /** Ends the pauses that were asked for so far, and returns how long they were. */
  const pass = async (): Promise<number[]> => {
    const passed = pauses.splice(0);
    for (const { call } of passed) call();
    await settle();
    return passed.map(({ ms }) => ms);
  };
  return { ...{ supervisor, workers, worker, announced, exits, pass, time } };
};

/** So many workers that serve, for longer than one that fails early. */
const open = async (count: number) => {
  const shop = supervised(count);
  shop.worker(1).serve();
  await settle();
  for (const { serve } of shop.workers) serve();
  await settle();
  shop.time.now += 60_000;
  return shop;
};

describe('The supervisor of workers', () => {
  it('The supervisor of workers starts the first worker alone and the others when it serves, and says once that the shop is open', async () => {
    const { workers, worker, announced } = supervised(3);
    await settle();
    expect(workers).to.have.length(1);
    worker(1).serve();
    await settle();
    expect(workers).to.have.length(3);
    for (const { serve } of workers) serve();
    await settle();
    expect(announced).to.deep.equal(['open, says 1']);
  });

  it('The supervisor of workers exits with the code of the first worker when that can not start', async () => {
    const { workers, worker, exits } = supervised(2);
    worker(1).end({ code: 1 });
    await settle();
    expect([workers.length, exits]).to.deep.equal([1, [1]]);
  });

  it('The supervisor of workers replaces a worker that dies at once', async () => {
    const { workers, worker, pass, exits } = await open(2);
    worker(2).end({ code: null, signal: 'SIGKILL' });
    await settle();
    expect(await pass()).to.deep.equal([0]);
    expect(workers).to.have.length(3);
    expect(exits).to.deep.equal([]);
  });

  it('The supervisor of workers waits longer and longer for a worker that dies again and again, and at most half a minute', async () => {
    const { workers, pass, time } = await open(2);
    const pauses: number[] = [];
    for (let death = 0; death < 9; death += 1) {
      workers.at(-1)?.end({ code: 1 });
      await settle();
      pauses.push(...(await pass()));
    }
    expect(pauses).to.deep.equal([0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    time.now += 60_000;
    workers.at(-1)?.end({ code: 1 });
    await settle();
    expect(await pass(), 'after one that served for a while').to.deep.equal([0]);
  });

  it('The supervisor of workers replaces them one after the other, each new one before the old one leaves', async () => {
    const { supervisor, workers, worker, pass } = await open(2);
    supervisor.reload();
    await settle();
    expect(workers).to.have.length(3);
    expect(worker(1).heard, 'before the new one serves').to.deep.equal([]);
    worker(3).serve();
    await settle();
    expect([worker(1).heard, worker(2).heard, workers.length]).to.deep.equal([['retire'], [], 3]);
    worker(1).end();
    await settle();
    expect(workers).to.have.length(4);
    worker(4).serve();
    await settle();
    worker(2).end();
    await settle();
    expect([worker(2).heard, worker(3).heard, workers.length]).to.deep.equal([['retire'], [], 4]);
    expect(await pass(), 'as if they had died').to.deep.equal([]);
  });

  it('The supervisor of workers keeps the old ones when a new one can not start', async () => {
    const { supervisor, workers, worker, pass, exits } = await open(2);
    supervisor.reload();
    await settle();
    worker(3).end({ code: 1 });
    await settle();
    await pass();
    expect([worker(1).heard, worker(2).heard]).to.deep.equal([[], []]);
    expect([workers.length, exits]).to.deep.equal([3, []]);
  });

  it('The supervisor of workers replaces all of them once more when it is told to meanwhile', async () => {
    const { supervisor, workers, worker } = await open(2);
    supervisor.reload();
    supervisor.reload();
    supervisor.reload();
    for (const [next, old] of [
      [3, 1],
      [4, 2],
      [5, 3],
      [6, 4],
    ] as const) {
      await settle();
      worker(next).serve();
      await settle();
      worker(old).end();
    }
    await settle();
    expect(workers).to.have.length(6);
  });

  it('The supervisor of workers replaces one that dies while another one is replaced', async () => {
    const { supervisor, workers, worker, pass } = await open(2);
    supervisor.reload();
    await settle();
    worker(2).end({ code: 1 });
    await settle();
    await pass();
    worker(3).serve();
    await settle();
    worker(1).end();
    await settle();
    worker(4).serve();
    await settle();
    const alive = workers.length - 2; // the first two have ended
    expect(alive).to.equal(2);
  });

  it('The supervisor of workers passes a signal on and exits with 0 when all have ended, starting none', async () => {
    const { supervisor, workers, worker, exits, pass } = await open(2);
    supervisor.stop('SIGTERM');
    expect([worker(1).heard, worker(2).heard]).to.deep.equal([['SIGTERM'], ['SIGTERM']]);
    worker(1).end();
    await settle();
    expect(exits).to.deep.equal([]);
    worker(2).end();
    await settle();
    await pass();
    expect([workers.length, exits]).to.deep.equal([2, [0]]);
  });

  it('The supervisor of workers exits with 0 when the signal ended one that was just being started', async () => {
    const { supervisor, worker, exits } = supervised(2);
    worker(1).serve();
    await settle();
    supervisor.stop('SIGTERM');
    worker(2).end({ code: null, signal: 'SIGTERM' });
    worker(1).end();
    await settle();
    expect(exits).to.deep.equal([0]);
  });

  it('The supervisor of workers exits with 1 when one was killed while it shut down', async () => {
    const { supervisor, worker, exits } = await open(2);
    supervisor.stop('SIGTERM');
    worker(1).end({ code: null, signal: 'SIGKILL' });
    worker(2).end();
    await settle();
    expect(exits).to.deep.equal([1]);
  });

  it('The supervisor of workers exits with 1 when one could not shut down cleanly', async () => {
    const { supervisor, worker, exits } = await open(2);
    supervisor.stop('SIGTERM');
    worker(1).end({ code: 1 });
    worker(2).end();
    await settle();
    expect(exits).to.deep.equal([1]);
  });
});
