import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKey } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { runProgram, startServer, type RunningShop } from '../support/server-process.js';
import { killStarted } from '../support/started-processes.js';

const ADMIN = { email: 'owner@shop.test', password: 'an owner needs a password' };

describe('Signing keys that are rotated while two processes are restarted one after the other', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'portico-sessions-keys-'))));
  afterEach(async () => {
    await killStarted();
    await rm(folder, { recursive: true });
  });

  const environment = (keys: string): Record<string, string> => ({
    DATABASE_URL: `sqlite:${join(folder, 'shop.db')}`,
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    BCRYPT_COST: '4',
    DEMO_DATA: 'false',
    LOG_LEVEL: 'silent',
    JWT_PRIVATE_KEY: keys,
  });
  const start = (keys: string): Promise<RunningShop> =>
    startServer({ cwd: folder, environment: environment(keys) });
  const rotate = async (step: string, keys: string): Promise<string> => {
    const program = await runProgram('rotate-keys', {
      cwd: folder,
      environment: environment(keys),
      args: [step],
    });
    return (await program.ended).stdout;
  };
  const logIn = async ({ url }: RunningShop): Promise<string> => {
    const answer = await fetch(`${url}/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(ADMIN),
    });
    return ((await answer.json()) as { accessToken: string }).accessToken;
  };
  const statusOf = async (token: string, { url }: RunningShop): Promise<number> =>
    (await fetch(`${url}/auth/me`, { headers: { Authorization: `Bearer ${token}` } })).status;

  it('Signing keys that are rotated while two processes are restarted one after the other leave every token valid at every process, if the new one is published first', async () => {
    const old = generateSigningKey();
    const published = await rotate('publish', old);
    const signing = await rotate('sign', published);
    let [one, other] = [await start(old), await start(old)];
    const tokens: string[] = [];
    const expectAllGood = async (): Promise<void> => {
      tokens.push(await logIn(one), await logIn(other));
      for (const shop of [one, other])
        for (const token of tokens) expect(await statusOf(token, shop)).to.equal(200);
    };
    await expectAllGood();
    for (const keys of [published, signing]) {
      await one.stop();
      one = await start(keys);
      await expectAllGood();
      await other.stop();
      other = await start(keys);
      await expectAllGood();
    }
    const kids = tokens.map((token) => (JSON.parse(atob(token.split('.')[0] ?? '')) as { kid: string }).kid);
    expect(new Set(kids).size, 'the new key signs at the end').to.equal(2);

    // What the order is for: a process that has not heard of a key refuses its tokens.
    const hasty = await start(await rotate('sign', await rotate('publish', signing)));
    expect(await statusOf(await logIn(hasty), one)).to.equal(401);
  });
});
