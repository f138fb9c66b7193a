import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '#src/main/config/index.js';
import { createShop, type Prepared } from '#src/main/shop.js';

const OWNER = { ADMIN_EMAIL: 'owner@shop.test', ADMIN_PASSWORD: 'an owner needs a password' };

describe('The first administrator', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'portico-admin-'))));
  afterEach(() => rm(folder, { recursive: true }));

  /** Prepares the shop in the folder, as a start does. */
  const prepare = async (environment: Record<string, string> = {}): Promise<Prepared> => {
    const shop = createShop(
      readConfig({
        DATABASE_URL: `sqlite:${join(folder, 'shop.db')}`,
        BCRYPT_COST: '4',
        DEMO_DATA: 'false',
        LOG_LEVEL: 'silent',
        ...environment,
      }),
    );
    try {
      return await shop.prepare();
    } finally {
      await shop.close();
    }
  };

  it('The first administrator is generated on an embedded database, with a password that is shown once', async () => {
    const { administrator } = await prepare();
    expect(administrator)
      .to.have.property('password')
      .that.matches(/^[\w-]{20}$/);
    expect(await prepare()).to.deep.include({ administrator: 'existing' });
  });

  it('The first administrator is the configured one, whose password is not repeated', async () => {
    expect(await prepare(OWNER)).to.deep.include({
      administrator: { email: 'owner@shop.test', password: null },
    });
  });

  it('The first administrator is one, when two processes start at the same moment', async () => {
    const made = (await Promise.all([prepare(), prepare(), prepare()])).filter(
      ({ administrator }) => administrator !== 'existing',
    );
    expect(made).to.have.length(1);
  });

  it('The first administrator is left alone once there is one: another ADMIN_EMAIL makes no second', async () => {
    await prepare(OWNER);
    expect(await prepare({ ...OWNER, ADMIN_EMAIL: 'other@shop.test' })).to.deep.include({
      administrator: 'existing',
    });
  });
});
