import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectionsWithinOpenFiles } from '#src/main/open-files.js';
import { dial } from '../support/raw-http.js';
import { runProgram, startServer, type RunningShop } from '../support/server-process.js';

describe('A process that may have few files open', () => {
  it('A process that may have few files open takes fewer connections, and no more than its files allow', () => {
    expect([200, 1024, 1_048_576, Infinity].map(connectionsWithinOpenFiles)).to.deep.equal([
      100,
      768,
      1_048_320,
      Infinity,
    ]);
  });

  it('A process that may have few files open does not start with too few to load the program, and says so in one line', async () => {
    for (const openFiles of [40, 64, 100, 255]) {
      const program = await runProgram('server', { cwd: tmpdir(), openFiles });
      const { code, stdout, stderr } = await program.ended;
      expect({ code, stdout, stderr }).to.deep.equal({
        code: 1,
        stdout: '',
        stderr: `portico: ${openFiles} open files (ulimit -n) are too few: at least 256 are required.\n`,
      });
    }
  });

  describe('on SQLite', () => {
    let folder: string;
    let server: RunningShop;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'portico-files-'));
      server = await startServer({ cwd: folder, openFiles: 600, environment: { BCRYPT_COST: '4' } });
    });
    afterEach(async () => {
      await server.stop();
      await rm(folder, { recursive: true });
    });

    it('A process that may have few files open still serves its connected clients when others have taken all connections', async () => {
      const signUp = (email: string): Promise<number> =>
        fetch(`${server.url}/auth/signup`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ name: 'Ada', email, password: 'a long enough password' }),
        }).then(({ status }) => status);
      expect(await signUp('ada@shop.test')).to.equal(201); // from now on connected
      const others: Socket[] = [];
      for (let count = 0; count < 700; count += 1) {
        const socket = await dial(server.url);
        others.push(socket.on('error', () => undefined));
      }
      expect(await signUp('grace@shop.test')).to.equal(201);
      for (const socket of others) socket.destroy();
    });
  });
});
