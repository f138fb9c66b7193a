import { expect } from 'chai';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { isApiKey } from '#src/contexts/accounts/adapters/api-key-form.js';
import { apiKeySecrets } from '#src/contexts/accounts/adapters/crypto/api-key-secrets.js';
import { authenticateKey, notingUses } from '#src/contexts/accounts/application/authenticate-key.js';
import { ApiKey } from '#src/contexts/accounts/domain/api-key.js';
import { SCOPES } from '#src/kernel/actor.js';
import { EXAMPLE_API_KEY } from '#src/kernel/examples.js';
import { anApiKey } from '../support/builders/accounts.js';
import { gate, refusal } from '../support/contract-tools.js';
import { eventually } from '../support/eventually.js';

const AT = new Date('2026-05-01T12:00:00.000Z');
const after = (ms: number): Date => new Date(AT.getTime() + ms);

describe('An API key', () => {
  it('An API key has each scope once, in one order', () => {
    const { scopes } = ApiKey.create(anApiKey({ scopes: ['orders:write', 'catalog:read', 'orders:write'] }));
    expect(scopes).to.deep.equal(['catalog:read', 'orders:write']);
    expect(ApiKey.create(anApiKey({ scopes: SCOPES.toReversed() })).scopes).to.deep.equal(SCOPES);
  });

  it('An API key must expire after its creation, or never', () => {
    const create = (expiresAt: Date | null) => ApiKey.create(anApiKey({ createdAt: AT, expiresAt }));
    expect(create(null).expiresAt).to.equal(null);
    expect(create(after(1)).expiresAt).to.deep.equal(after(1));
    for (const past of [AT, after(-1), new Date(0)])
      expect(refusal(() => create(past)).code).to.equal('expiry_in_past');
  });

  it('An API key is valid until the moment of its expiry, and not once it is revoked', () => {
    const key = anApiKey({ expiresAt: AT });
    expect([after(-1), AT, after(1)].map((at) => ApiKey.isLive(key, at))).to.deep.equal([true, false, false]);
    expect(ApiKey.isLive(anApiKey(), after(1e12))).to.equal(true);
    expect(ApiKey.isLive(ApiKey.revoke(anApiKey(), AT), after(-1)), 'whatever the clocks say').to.equal(
      false,
    );
  });
});

describe('The secret of an API key', () => {
  it('The secret of an API key is pk_ and 49 letters and digits, and no two are alike', () => {
    const minted = Array.from({ length: 2000 }, () => apiKeySecrets.mint());
    for (const { secret, prefix, hash } of minted) {
      expect(secret).to.match(/^pk_[0-9A-Za-z]{49}$/);
      expect(secret.startsWith(prefix) && prefix.length === 9).to.equal(true);
      expect(hash).to.match(/^[0-9a-f]{64}$/);
      expect(apiKeySecrets.hash(secret)).to.equal(hash);
      expect(hash).not.to.include(prefix);
    }
    expect(new Set(minted.map(({ hash }) => hash)).size).to.equal(2000);
    // Each of the 43 random digits takes all of its values, but for the first, of which 256 bits leave a part.
    for (let at = 4; at < 46; at += 1)
      expect(new Set(minted.map(({ secret }) => secret[at])).size, `digit ${at}`).to.equal(62);
  });

  it('The secret of an API key ends in the CRC-32 of the rest, in base 62: a scanner needs no database', () => {
    const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    const { secret } = apiKeySecrets.mint();
    const value = Array.from(secret.slice(-6)).reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0);
    expect(value).to.equal(crc32(secret.slice(0, -6)));
  });

  it('The secret of an API key is not one any more when a character is changed, left out or swapped', () => {
    const { secret } = apiKeySecrets.mint();
    fc.assert(
      fc.property(fc.nat(secret.length - 1), fc.string({ minLength: 0, maxLength: 2 }), (at, other) => {
        const changed = `${secret.slice(0, at)}${other}${secret.slice(at + 1)}`;
        expect(isApiKey(changed)).to.equal(changed === secret);
        expect(apiKeySecrets.hash(changed) === null).to.equal(changed !== secret);
      }),
      { numRuns: 2000 },
    );
    for (const wrong of ['', 'pk_', ` ${secret}`, `${secret}\n`, secret.toUpperCase(), secret.slice(3)])
      expect(apiKeySecrets.hash(wrong), JSON.stringify(wrong)).to.equal(null);
  });

  it('The secret of the examples has the right form', () => {
    expect(isApiKey(EXAMPLE_API_KEY.secret)).to.equal(true);
  });
});

describe('Authentication by an API key', () => {
  const { secret, hash } = apiKeySecrets.mint();
  const authenticating = (key: ApiKey | null) => {
    const [read, noted]: [string[], Date[]] = [[], []];
    const authenticate = authenticateKey({
      apiKeys: {
        findBySecret: (given) => {
          read.push(given);
          return Promise.resolve(given === hash ? key : null);
        },
        find: () => expect.fail(),
        list: () => expect.fail(),
      },
      apiKeySecrets,
      noteUse: (_id, at) => void noted.push(at),
      now: () => AT,
    });
    return { authenticate, read, noted };
  };

  it('Authentication by an API key returns its id and scopes, by one read', async () => {
    const key = anApiKey();
    const { authenticate, read } = authenticating(key);
    expect(await authenticate(secret)).to.deep.equal({ id: key.id, scopes: key.scopes });
    expect(read).to.deep.equal([hash]);
  });

  it('Authentication by a mistyped API key reads nothing', async () => {
    const { authenticate, read } = authenticating(anApiKey());
    const wrong = secret.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    expect([await authenticate(wrong), read]).to.deep.equal([null, []]);
  });

  it('Authentication by an unknown, an expired or a revoked API key returns nobody and notes no use', async () => {
    for (const key of [null, anApiKey({ expiresAt: AT }), anApiKey({ revokedAt: AT })]) {
      const { authenticate, noted } = authenticating(key);
      expect([await authenticate(secret), noted]).to.deep.equal([null, []]);
    }
  });

  it('A use of an API key is noted once a minute has passed since the one before', async () => {
    for (const [lastUsedAt, due] of [
      [null, true],
      [after(-60_001), true],
      [after(-60_000), false],
      [AT, false],
      [after(60_000), false], // by the clock of another process
    ] as const) {
      const { authenticate, noted } = authenticating(anApiKey({ lastUsedAt }));
      await authenticate(secret);
      expect(noted, String(lastUsedAt?.toISOString())).to.deep.equal(due ? [AT] : []);
    }
  });
});

describe('The uses of API keys', () => {
  it('Uses of API keys that come while one is being stored are not stored, and later ones are', async () => {
    const { opened, open } = gate();
    const stored: [string, Date][] = [];
    const note = notingUses({
      transact: async (work) => {
        await opened;
        return work({ apiKeys: { noteUse: (id: string, at: Date) => void stored.push([id, at]) } as never });
      },
      failed: () => expect.fail(),
    });
    const [one, other] = [anApiKey().id, anApiKey().id];
    for (let ms = 0; ms < 10; ms += 1) note(one, after(ms));
    note(other, AT);
    open();
    await eventually(() => (stored.length === 2 ? true : null), 'two uses');
    expect(stored).to.deep.equal([
      [one, AT],
      [other, AT],
    ]);
    note(one, after(20));
    await eventually(() => (stored.length === 3 ? true : null), 'a third use');
  });

  it('A use of an API key that cannot be stored is reported, and the next one is tried', async () => {
    const failures: unknown[] = [];
    const note = notingUses({
      transact: () => Promise.reject(new Error('read-only')),
      failed: (error) => failures.push(error),
    });
    const { id } = anApiKey();
    note(id, AT);
    await eventually(() => (failures.length === 1 ? true : null), 'a failure');
    note(id, AT);
    await eventually(() => (failures.length === 2 ? true : null), 'another failure');
  });
});
