import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';

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
  it('is lines of JSON where programs read it', async () => {
    const line = JSON.parse(await logged(false)) as Readonly<Record<string, unknown>>;
    expect(line).to.include({ level: 'info', msg: 'starting', version: '1', password: '[Redacted]' });
  });

  it('is for people on a terminal, and hides the same', async () => {
    const text = await logged(true);
    expect(text)
      .to.match(/INFO.*starting/)
      .and.to.contain('[Redacted]')
      .and.not.to.match(/^\{|secret/);
  });
});
