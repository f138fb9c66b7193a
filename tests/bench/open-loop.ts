// The process that sends requests at a given rate, whether they are answered or not, as many independent clients do. It writes to
// sockets itself, since it shares the cores with the server that it loads.
import { connect, type Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';

export type LoadOrder =
  | { readonly kind: 'open'; readonly rate: number; readonly ms: number }
  /** As many clients as said, each of which sends its next request when the last one is answered. */
  | { readonly kind: 'closed'; readonly clients: number; readonly ms: number };

export interface LoadTarget {
  readonly url: string;
  /** Asked in turn. */
  readonly paths: readonly string[];
  /** An answer that takes longer counts as none. Milliseconds. */
  readonly patienceMs: number;
  /** Maximum number of connections; a request for which none is free is not sent. */
  readonly connections: number;
}

export interface LoadResult {
  readonly seconds: number;
  readonly offered: number;
  /** Requests that were due while every connection waited for an answer: the server has not seen them. */
  readonly unsent: number;
  /** By status; 0 for those that were sent and got no answer in time. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Milliseconds from the time at which a request was due to the end of its response, of those with status 200, sorted. */
  readonly times: readonly number[];
  /** CPU of this process: the load's own share. Milliseconds. */
  readonly cpuMs: number;
  /** How late this process was with sending and reading: 99 of 100 turns of its event loop were not later. Milliseconds. */
  readonly lateMs: number;
}

/** Milliseconds between two samples of the event loop's delay. */
const RESOLUTION = 10;

const HEAD_END = Buffer.from('\r\n\r\n');

/** A keep-alive connection with at most one request. */
interface Line {
  readonly socket: Socket;
  due: number;
  busy: boolean;
}

const lengthOf = (head: string): number => Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);

class Caller {
  private readonly idle: Line[] = [];
  private readonly all = new Set<Line>();
  private turn = 0;
  statuses = new Map<number, number>();
  times: number[] = [];
  unsent = 0;
  onAnswer: (() => void) | null = null;

  private readonly target: LoadTarget;

  constructor(target: LoadTarget) {
    this.target = target;
  }

  private count(status: number, line?: Line): void {
    const took = line === undefined ? Infinity : performance.now() - line.due;
    const counted = took > this.target.patienceMs ? 0 : status;
    this.statuses.set(counted, (this.statuses.get(counted) ?? 0) + 1);
    if (counted === 200) this.times.push(took);
  }

  private open(): Line {
    const socket = connect(Number(new URL(this.target.url).port), '127.0.0.1').setNoDelay();
    const line: Line = { socket, due: 0, busy: false };
    let got: Buffer = Buffer.alloc(0);
    let [wanted, status] = [-1, 0];
    socket.on('data', (chunk: Buffer) => {
      got = got.length === 0 ? chunk : Buffer.concat([got, chunk]);
      if (wanted < 0) {
        const end = got.indexOf(HEAD_END);
        if (end < 0) return;
        const head = got.toString('latin1', 0, end);
        status = Number(head.slice(9, 12));
        wanted = end + HEAD_END.length + lengthOf(head);
      }
      if (got.length < wanted) return;
      [got, wanted] = [Buffer.alloc(0), -1];
      line.busy = false;
      this.count(status, line);
      this.idle.push(line);
      this.onAnswer?.();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.all.delete(line);
      const at = this.idle.indexOf(line);
      if (at >= 0) this.idle.splice(at, 1);
      if (line.busy) {
        this.count(0);
        this.onAnswer?.();
      }
    });
    this.all.add(line);
    return line;
  }

  /** Sends a request that was due at that time. */
  send(due: number): void {
    const line = this.idle.pop() ?? (this.all.size < this.target.connections ? this.open() : undefined);
    if (line === undefined) {
      this.unsent += 1;
      return;
    }
    line.due = due;
    line.busy = true;
    const path = this.target.paths[this.turn++ % this.target.paths.length] ?? '/';
    line.socket.write(`GET ${path} HTTP/1.1\r\nHost: shop\r\n\r\n`);
  }

  /** Hangs up on requests that have waited for longer than the client's patience. */
  giveUp(): void {
    const late = performance.now() - this.target.patienceMs;
    for (const line of this.all) if (line.busy && line.due < late) line.socket.destroy();
  }

  get busy(): boolean {
    for (const { busy } of this.all) if (busy) return true;
    return false;
  }

  reset(): void {
    this.statuses = new Map();
    this.times = [];
    this.unsent = 0;
  }

  close(): void {
    for (const { socket } of this.all) socket.destroy();
  }
}

const runOpen = async (caller: Caller, rate: number, ms: number): Promise<number> => {
  const start = performance.now();
  let sent = 0;
  for (let now = start; now - start < ms; now = performance.now()) {
    const due = Math.floor(((now - start) / 1000) * rate);
    for (; sent < due; sent += 1) caller.send(start + (sent / rate) * 1000);
    caller.giveUp();
    await wait(1);
  }
  while (caller.busy) {
    caller.giveUp();
    await wait(5);
  }
  return sent;
};

const runClosed = async (caller: Caller, clients: number, ms: number): Promise<number> => {
  const end = performance.now() + ms;
  let sent = 0;
  const next = (): void => {
    if (performance.now() >= end) return;
    sent += 1;
    caller.send(performance.now());
  };
  caller.onAnswer = next;
  for (let at = 0; at < clients; at += 1) next();
  while (performance.now() < end || caller.busy) {
    caller.giveUp();
    await wait(5);
  }
  caller.onAnswer = null;
  return sent;
};

let caller: Caller | undefined;
const run = async (order: LoadOrder): Promise<LoadResult> => {
  if (caller === undefined) throw new Error('there is no target');
  caller.reset();
  const cpu = process.cpuUsage();
  const turns = monitorEventLoopDelay({ resolution: RESOLUTION });
  turns.enable();
  const start = performance.now();
  const offered =
    order.kind === 'open'
      ? await runOpen(caller, order.rate, order.ms)
      : await runClosed(caller, order.clients, order.ms);
  const { user, system } = process.cpuUsage(cpu);
  return {
    seconds: (performance.now() - start) / 1000,
    offered,
    unsent: caller.unsent,
    statuses: Object.fromEntries(caller.statuses),
    times: caller.times.toSorted((a, b) => a - b),
    cpuMs: (user + system) / 1000,
    lateMs: Math.max(0, turns.percentile(99) / 1e6 - RESOLUTION),
  };
};

process.on('message', (message: LoadTarget | LoadOrder) => {
  if ('url' in message) {
    caller?.close();
    caller = new Caller(message);
    return;
  }
  run(message).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
