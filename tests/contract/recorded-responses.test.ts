import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { RecordedResponse } from '../support/recorded-responses.js';

const FILE = 'tests/contract/statuses.test.ts';

describe('The record of responses', () => {
  it('The record of responses has each response of an operation once, with its code and the file of the test', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'portico-responses-'));
    const { MOCHA_WORKER_ID: _ofThisRun, ...environment } = process.env;
    await promisify(execFile)(
      join('node_modules', '.bin', 'mocha'),
      ['--exit', '--grep', 'declares for logOutEverywhere can be received from one process', FILE],
      { env: { ...environment, RECORD_RESPONSES: folder } },
    );
    const [name = '', ...others] = await readdir(folder);
    const lines = (await readFile(join(folder, name), 'utf8')).trim().split('\n');
    await rm(folder, { recursive: true });
    expect(others).to.deep.equal([]);
    expect(lines).to.deep.equal([...new Set(lines)]);
    const found = lines.map((line) => JSON.parse(line) as RecordedResponse);
    const of = { operation: 'logOutEverywhere', file: FILE };
    expect(found).to.deep.include.members([
      { ...of, status: 204, code: null },
      { ...of, status: 401, code: 'invalid_token' },
      { ...of, status: 409, code: 'stale_write' },
    ]);
    const signUps = found.filter(({ operation }) => operation === 'signUp');
    expect(signUps, 'each once').to.deep.equal([
      { operation: 'signUp', status: 201, code: null, file: FILE },
    ]);
  });
});
