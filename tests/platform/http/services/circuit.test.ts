import { mock } from 'node:test';
import { expect } from 'chai';
import { pino } from 'pino';
import { isDomainError } from '#src/kernel/errors.js';
import type { CircuitOptions } from '#src/platform/http/services/circuit.js';
import { testCircuit } from '../../../support/test-circuit.js';

const AWAY = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' });
const ABORTED = Object.assign(new Error('aborted'), { code: 'UND_ERR_ABORTED' });

const responds = () => Promise.resolve('response');
const fails = (error: Error = AWAY) => Promise.reject(error);

describe('The circuit to a service', () => {
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
  });
  afterEach(() => {
    mock.timers.reset();
  });

  const start = (options: Partial<CircuitOptions> = {}) => {
    const lines: { readonly level: number; readonly msg: string; readonly neighbour: string }[] = [];
    const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as never) });
    const circuit = testCircuit({ logger, ...options });
    let made = 0;
    const attempt = <Result>(outcome: () => Promise<Result>): Promise<string> =>
      circuit
        .through(() => {
          made += 1;
          return outcome();
        })
        .then(
          () => 'response',
          (error: unknown) => (isDomainError(error) ? error.code : (error as Error).message),
        );
    const times = async (count: number, outcome: () => Promise<unknown>): Promise<void> => {
      for (let at = 0; at < count; at += 1) await attempt(outcome);
    };
    return { circuit, lines, attempt, times, made: () => made };
  };
  const opened = async () => {
    const started = start();
    await started.times(5, fails);
    expect(started.circuit.state()).to.equal('open');
    return started;
  };

  it('The circuit to a service returns what an attempt returns, and fails as that fails', async () => {
    const { circuit } = start();
    expect(await circuit.through(() => Promise.resolve(7))).to.equal(7);
    const thrown: unknown = await circuit.through(() => fails()).catch((error: unknown) => error);
    expect(thrown).to.equal(AWAY);
  });

  it('The circuit to a service opens at the fifth failure, and refuses attempts without making them', async () => {
    const { circuit, lines, attempt, times, made } = start();
    await times(4, fails);
    expect(circuit.state()).to.equal('closed');
    await attempt(fails);
    expect(circuit.state()).to.equal('open');
    expect(await attempt(responds)).to.equal('service_unavailable');
    expect([made(), circuit.refused()]).to.deep.equal([5, 1]);
    expect(lines.map(({ level, neighbour, msg }) => [level, neighbour, msg])).to.deep.equal([
      [40, 'planted', 'a service does not respond'],
    ]);
  });

  it('The circuit to a service opens when attempts fail later than its window is long', async () => {
    const { circuit, attempt } = start();
    const waiting: ((error: Error) => void)[] = [];
    const hanging = () => new Promise<string>((_resolve, reject) => waiting.push(reject));
    const attempts = Array.from({ length: 5 }, () => attempt(hanging));
    mock.timers.tick(30_000);
    for (const fail of waiting) fail(AWAY);
    await Promise.all(attempts);
    expect(circuit.state()).to.equal('open');
  });

  it('The circuit to a service stays closed while half of the attempts get a response', async () => {
    const { circuit, attempt } = start();
    for (let at = 0; at < 20; at += 1) await attempt(at % 2 === 0 ? responds : fails);
    expect(circuit.state()).to.equal('closed');
  });

  it('The circuit to a service stays closed when failures are rare', async () => {
    const { circuit, attempt } = start();
    for (let at = 0; at < 20; at += 1) {
      await attempt(fails);
      mock.timers.tick(3000);
    }
    expect(circuit.state()).to.equal('closed');
  });

  it('The circuit to a service counts neither for nor against it that a client hung up', async () => {
    const { circuit, times } = start();
    await times(20, () => fails(ABORTED));
    expect(circuit.state()).to.equal('closed');
    await times(5, fails);
    expect(circuit.state()).to.equal('open');
  });

  it('The circuit to a service makes one attempt after five seconds, and closes when that gets a response', async () => {
    const { circuit, lines, attempt, made } = await opened();
    mock.timers.tick(4999);
    expect(await attempt(responds)).to.equal('service_unavailable');
    mock.timers.tick(1);
    expect(circuit.state()).to.equal('half_open');
    let respond: (result: string) => void = () => undefined;
    const probe = attempt(() => new Promise<string>((resolve) => (respond = resolve)));
    const others = await Promise.all([attempt(responds), attempt(responds)]);
    expect(others).to.deep.equal(['service_unavailable', 'service_unavailable']);
    respond('response');
    expect(await probe).to.equal('response');
    expect([circuit.state(), made()]).to.deep.equal(['closed', 6]);
    expect(await attempt(responds)).to.equal('response');
    expect(lines.map(({ level, msg }) => [level, msg])).to.deep.equal([
      [40, 'a service does not respond'],
      [30, 'a service responds again'],
    ]);
  });

  it('The circuit to a service opens again when the probe fails, which is not told again', async () => {
    const { circuit, lines, attempt } = await opened();
    for (const failure of [AWAY, ABORTED]) {
      mock.timers.tick(5000);
      expect(await attempt(() => fails(failure))).to.equal(failure.message);
      expect(circuit.state()).to.equal('open');
    }
    expect(lines).to.have.length(1);
  });

  it('The circuit to a service forgets the failures that opened it when it closes', async () => {
    const { circuit, attempt, times } = await opened();
    mock.timers.tick(5000);
    await attempt(responds);
    await times(4, fails);
    expect(circuit.state()).to.equal('closed');
    await times(1, fails);
    expect(circuit.state()).to.equal('open');
  });

  it('The circuit to a service is neither closed nor opened by an attempt of before it opened', async () => {
    const { circuit, attempt, times } = start();
    const ends: (() => void)[] = [];
    const early = [true, false].map((isResponse) =>
      attempt(
        () =>
          new Promise<string>((resolve, reject) =>
            ends.push(() => {
              if (isResponse) resolve('response');
              else reject(AWAY);
            }),
          ),
      ),
    );
    await times(5, fails);
    mock.timers.tick(5000);
    for (const end of ends) end();
    await Promise.all(early);
    expect(circuit.state()).to.equal('half_open');
    expect(await attempt(responds)).to.equal('response');
    expect(circuit.state()).to.equal('closed');
  });
});
