import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { codeBlocks } from './support/markdown.js';

const PROGRAM = '/usr/bin/systemd-analyze';
const suite = existsSync(PROGRAM) || process.env['CI'] === 'true' ? describe : describe.skip;

suite('The unit for systemd', () => {
  it('The unit for systemd is one that systemd takes, as docs/operations.md shows it', async () => {
    const operations = await readFile('docs/operations.md', 'utf8');
    const [unit] = codeBlocks('docs/operations.md', operations).filter(({ language }) => language === 'ini');
    const folder = await mkdtemp(join(tmpdir(), 'portico-unit-'));
    try {
      const file = join(folder, 'portico.service');
      await writeFile(file, (unit?.code ?? '').replace('/usr/bin/node', process.execPath));
      await promisify(execFile)(PROGRAM, ['verify', '--man=no', file]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
