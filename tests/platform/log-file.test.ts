import { once } from 'node:events';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { killStarted, start } from '../support/started-processes.js';

const LINES = 3000;
const ALL = Array.from({ length: LINES }, (_, n) => n);

/** A program that logs and then ends as `ending` says. */
const programThat = (ending: string): string => `
  import { logFile } from '#src/platform/log-file.js';
  const log = logFile(2);
  const lines = (from, to) => {
    for (let line = from; line < to; line += 1) log.write(line + ' ' + 'x'.repeat(60) + '\\n');
  };
  ${ending}
`;

/** All lines, of which some are being written when the program ends. */
const IN_TWO_PARTS = `lines(0, ${String(LINES / 2)}); await new Promise(setImmediate); lines(${String(LINES / 2)}, ${String(LINES)});`;

/** Returns what is in a pipe; empty if nothing is. */
const readFrom = (pipe: number): string => {
  const bytes = Buffer.alloc(65_536);
  try {
    return bytes.toString('utf8', 0, readSync(pipe, bytes));
  } catch {
    return '';
  }
};

describe('The file of the log', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'portico-log-'))));
  afterEach(async () => {
    await killStarted();
    await rm(folder, { recursive: true });
  });

  const run = (ending: string, stderr: number | 'pipe') =>
    start(
      process.execPath,
      ['--import=tsx', '--conditions=portico-source', '--input-type=module', '--eval', programThat(ending)],
      { stdio: ['ignore', 'pipe', stderr] },
    );

  /** Runs a program with standard error at a file or pipe, and returns its exit code. */
  const codeOf = async (ending: string, place: string, flags: number): Promise<number | null> => {
    const stderr = openSync(place, flags);
    try {
      const [code] = (await once(run(ending, stderr), 'close')) as [number | null];
      return code;
    } finally {
      closeSync(stderr);
    }
  };

  /** The numbers of the lines in a text, less what Node has written there. */
  const numbersIn = (text: string): readonly number[] =>
    [...text.matchAll(/^(\d+) x{60}$/gm)].map(([, number]) => Number(number)).sort((a, b) => a - b);

  const ENDINGS: readonly (readonly [string, string, number])[] = [
    ['ends by itself', '', 0],
    ['exits', 'process.exit(3);', 3],
    [
      'exits on a signal',
      `process.on('SIGTERM', () => process.exit(143)); process.kill(process.pid, 'SIGTERM'); setTimeout(() => undefined, 60_000);`,
      143,
    ],
    ['throws an error that nothing catches', `throw new Error('a bug');`, 1],
    [
      'rejects a promise that nothing handles',
      `void Promise.reject(new Error('a bug')); setTimeout(() => undefined, 60_000);`,
      1,
    ],
    ['waits until the file is settled', `await log.settled(); process.exit(0);`, 0],
  ];
  for (const [title, ending, expected] of ENDINGS)
    it(`Every line is in the file, once, after a process that ${title}`, async () => {
      const file = join(folder, 'log');
      await writeFile(file, '');
      const code = await codeOf(IN_TWO_PARTS + ending, file, constants.O_WRONLY | constants.O_APPEND);
      expect(code).to.equal(expected);
      expect(numbersIn(await readFile(file, 'utf8'))).to.deep.equal(ALL);
    });

  it('Lines are in the file within a moment, in their order, although few are written', async () => {
    const child = run(`lines(0, 3); setTimeout(() => undefined, 600_000);`, 'pipe');
    let text = '';
    for await (const part of child.stderr ?? []) {
      text += String(part);
      if (text.split('\n').length > 3) break;
    }
    expect(text).to.match(/^0 x+\n1 x+\n2 x+\n$/);
  });

  it('A process ends although the disk is full and nothing has been written before', async () => {
    expect(await codeOf(`${IN_TWO_PARTS} process.exit(0);`, '/dev/full', constants.O_WRONLY)).to.equal(0);
    expect(await codeOf('lines(0, 1); process.exit(0);', '/dev/full', constants.O_WRONLY)).to.equal(0);
  });

  it('A process ends although no program reads the pipe, and a settled file means no more then', async () => {
    const pipe = join(folder, 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    const ending = `${IN_TWO_PARTS} await log.settled(); process.exit(0);`;
    expect(await codeOf(ending, pipe, constants.O_RDWR | constants.O_NONBLOCK)).to.equal(0);
  });

  it('Lines reach a slow reader although the pipe is full when the process is about to exit', async () => {
    const pipe = join(folder, 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    const end = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    const child = run(
      `${IN_TWO_PARTS} process.stdout.write('full'); await log.settled(); process.exit(0);`,
      end,
    );
    const ended = once(child, 'close');
    await once(child.stdout ?? child, 'data');
    let text = '';
    await eventually(() => {
      text += readFrom(end);
      return text.split('\n').length > LINES;
    }, 'the lines');
    closeSync(end);
    await ended;
    expect(numbersIn(text)).to.deep.equal(ALL);
  });
});
