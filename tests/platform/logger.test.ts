import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { createLogger } from '#src/platform/logger.js';
import { start } from '../support/started-processes.js';

const run = promisify(execFile);

/** Logs one line in a process of its own, as if standard error were a terminal or not. */
const logged = async (isTerminal: boolean): Promise<string> => {
  const program = `
    import { createLogger, standardError } from '#src/platform/logger.js';
    createLogger('info', standardError(${String(isTerminal)})).info({ version: '1', password: 'secret' }, 'starting');
  `;
  const args = ['--import=tsx', '--conditions=portico-source', '--input-type=module', '--eval', program];
  return (await run(process.execPath, args)).stderr;
};

describe('The log', () => {
  it('The log is lines of JSON where programs read it', async () => {
    const line = JSON.parse(await logged(false)) as Readonly<Record<string, unknown>>;
    expect(line).to.include({ level: 'info', msg: 'starting', version: '1', password: '[Redacted]' });
  });

  it('The log is for people on a terminal, and hides the same', async () => {
    const text = await logged(true);
    expect(text)
      .to.match(/INFO.*starting/)
      .and.to.contain('[Redacted]')
      .and.not.to.match(/^\{|secret/);
  });
});

describe('The log of a service', () => {
  it('The log of a service names it in each line', () => {
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line) => lines.push(line) }, { service: 'product' });
    logger.info('starting');
    logger.warn({ service: undefined }, 'late');
    expect(lines.map((line) => (JSON.parse(line) as { service?: string }).service)).to.deep.equal([
      'product',
      'product',
    ]);
  });
});

describe('A log that cannot be written', () => {
  const program = `
    import { createLogger, standardError } from '#src/platform/logger.js';
    const logger = createLogger('info', standardError(false));
    for (let line = 0; line < 20_000; line += 1) {
      logger.info({ text: 'x'.repeat(1000) }, 'a line');
      if (line % 100 === 0) await new Promise(setImmediate);
    }
    process.stdout.write(String(process.memoryUsage().rss < 400_000_000));
    process.exit(0);
  `;

  /** Runs the program with standard error at a place, and returns how it ended. */
  const ended = async (place: string): Promise<readonly unknown[]> => {
    const stderr = openSync(place, constants.O_RDWR | constants.O_NONBLOCK);
    const args = ['--import=tsx', '--conditions=portico-source', '--input-type=module', '--eval', program];
    const child = start(process.execPath, args, { stdio: ['ignore', 'pipe', stderr] });
    let stdout = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    const [code] = (await once(child, 'close')) as [number | null];
    closeSync(stderr);
    return [code, stdout];
  };

  it('A log that cannot be written for want of room neither stops the process nor keeps it from ending', async () => {
    expect(await ended('/dev/full')).to.deep.equal([0, 'true']);
  });

  it('A log that cannot be written since no process reads it does neither, and what waits is bounded', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'portico-log-'));
    try {
      await run('mkfifo', [join(folder, 'log')]);
      expect(await ended(join(folder, 'log'))).to.deep.equal([0, 'true']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
