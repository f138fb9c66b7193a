import { expect } from 'chai';
import { startChores, type Chore } from '#src/platform/chores.js';
import { createLogger } from '#src/platform/logger.js';
import { eventually } from '../support/eventually.js';

const loggingTo = (lines: string[]) =>
  createLogger('warn', { write: (line) => lines.push((JSON.parse(line) as { msg: string }).msg) });

describe('A chore that fails', () => {
  const failures: Readonly<Record<string, Chore['run']>> = {
    'throws at once': () => {
      throw new Error('thrown');
    },
    rejects: () => Promise.reject(new Error('rejected')),
  };
  for (const [how, run] of Object.entries(failures)) {
    it(`A chore that fails and ${how} is logged, keeps no other from its run, and is run again`, async () => {
      const lines: string[] = [];
      let [runs, others] = [0, 0];
      const running = startChores(
        [
          {
            name: 'tidy up',
            everyMs: 1,
            run: (isStopping) => {
              runs += 1;
              return run(isStopping);
            },
          },
          { name: 'count', everyMs: 1, run: () => Promise.resolve(void (others += 1)) },
        ],
        loggingTo(lines),
      );
      await eventually(() => others >= 2, 'the second run');
      await running.stop();
      expect(runs).to.be.at.least(2);
      expect(lines).to.deep.equal(Array<string>(runs).fill('could not tidy up'));
    });
  }
});
