import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import Database from 'libsql';
import { startServer } from '../support/server-process.js';
import { killStarted } from '../support/started-processes.js';

describe('The log of the built server', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-stacks-'));
  });
  after(async () => {
    await killStarted();
    await rm(folder, { recursive: true });
  });

  it('The log of the built server shows the stack of an unexpected error by the files and lines of the sources', async () => {
    const shop = await startServer({ cwd: folder });
    // The shop's own work may hold the lock for a moment.
    const database = new Database(join(folder, 'data', 'portico.db'), { timeout: 10_000 });
    database.exec('PRAGMA foreign_keys = OFF; DROP TABLE categories');
    database.close();
    expect((await fetch(`${shop.url}/categories`)).status).to.equal(500);
    const { stderr } = await shop.stop();
    expect(stderr).to.match(/sequelize-category-repository\.ts:\d+:\d+/);
  });
});
