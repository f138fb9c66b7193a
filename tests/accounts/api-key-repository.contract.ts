import { expect } from 'chai';
import type { ApiKeyRepository } from '#src/contexts/accounts/application/ports.js';
import { ApiKey } from '#src/contexts/accounts/domain/api-key.js';
import { SCOPES } from '#src/kernel/actor.js';
import { anApiKey, aTokenHash } from '../support/builders/accounts.js';
import { newId } from '../support/builders/ids.js';
import { openedSubject, outcomeOnce, tally, walk } from '../support/contract-tools.js';
import type { OpenSubject } from '../support/subject.js';

interface Ports {
  readonly apiKeys: ApiKeyRepository;
}

const at = (minute: number): Date => new Date(Date.UTC(2026, 4, 1, 12, minute));

/** What every store of API keys has to hold. It may hold other keys already. */
export const apiKeyRepositoryContract = (name: string, open: OpenSubject<Ports>): void => {
  const suite = (connections: number) => {
    const store = openedSubject(open, connections);

    const add = (key: ApiKey, secretHash = aTokenHash()): Promise<void> =>
      store().transact(({ apiKeys }) => apiKeys.add(key, secretHash));
    const added = async (given: Partial<ApiKey> = {}): Promise<ApiKey> => {
      const key = anApiKey(given);
      await add(key);
      return key;
    };
    const find = ({ id }: Pick<ApiKey, 'id'>) => store().outside.apiKeys.find(id);
    const update = (key: ApiKey) => store().transact(({ apiKeys }) => apiKeys.update(key));
    const updateOnce = (key: ApiKey): Promise<string> =>
      outcomeOnce(store().transact, ({ apiKeys }) => apiKeys.update(key));
    const use = (key: ApiKey, used: Date) =>
      store().transact(({ apiKeys }) => apiKeys.noteUse(key.id, used, ApiKey.useStoredBefore(used)));

    it('A repository of API keys returns a key as it was added, whatever it may do', async () => {
      const full = anApiKey({
        name: '𝓦'.repeat(120),
        scopes: SCOPES,
        expiresAt: at(1),
        lastUsedAt: at(2),
        revokedAt: at(3),
      });
      for (const key of [anApiKey(), anApiKey({ scopes: ['webhooks:manage'] }), full]) {
        await add(key);
        expect(await find(key)).to.deep.equal(key);
      }
      expect(await find(anApiKey())).to.equal(null);
    });

    it('A repository of API keys finds a key by the hash of its secret and by no other', async () => {
      const [key, hash] = [anApiKey(), aTokenHash()];
      await add(key, hash);
      await added();
      expect(await store().outside.apiKeys.findBySecret(hash)).to.deep.equal(key);
      expect(await store().outside.apiKeys.findBySecret(aTokenHash())).to.equal(null);
      expect(await store().outside.apiKeys.findBySecret(hash.toUpperCase())).to.equal(null);
    });

    it('A repository of API keys lists the latest first, and each key once', async () => {
      const keys = await Promise.all([at(3), at(1), at(3), at(2)].map((createdAt) => added({ createdAt })));
      const found = await walk((page) => store().outside.apiKeys.list(page), 2);
      const ids = new Set<string>(keys.map(({ id }) => id));
      const own = found.filter(({ id }) => ids.has(id));
      const expected = keys.toSorted(
        (a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1),
      );
      expect(own).to.deep.equal(expected);
    });

    it('A repository of API keys stores a revocation and nothing else of a changed key', async () => {
      const key = await added();
      await use(key, at(5));
      const revoked = ApiKey.revoke(key, at(9));
      await update({ ...revoked, name: 'Other', scopes: ['orders:write'] });
      expect(await find(key)).to.deep.equal({ ...revoked, lastUsedAt: at(5) });
    });

    it('A repository of API keys stores one of many revocations of a key', async () => {
      const key = await added();
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, minute) => updateOnce(ApiKey.revoke(key, at(minute)))),
      );
      expect(tally(outcomes)).to.deep.equal({ done: 1, stale_write: 9 });
      expect(await updateOnce(ApiKey.revoke(anApiKey(), at(1)))).to.equal('stale_write');
    });

    it('A repository of API keys stores a use a minute after the one before, and none sooner', async () => {
      const key = await added();
      await use(key, at(0));
      await use(key, new Date(at(1).getTime() - 1));
      await use(key, at(1));
      expect((await find(key))?.lastUsedAt).to.deep.equal(at(0));
      await use(key, new Date(at(1).getTime() + 1));
      expect((await find(key))?.lastUsedAt).to.deep.equal(new Date(at(1).getTime() + 1));
      await use(key, at(0));
      expect((await find(key))?.lastUsedAt).to.deep.equal(new Date(at(1).getTime() + 1));
      await use(anApiKey({ id: newId() }), at(9));
    });

    it('A repository of API keys stores one of many uses at the same moment', async () => {
      const key = await added();
      const times = Array.from({ length: 10 }, (_, ms) => new Date(at(3).getTime() + ms));
      await Promise.all(times.map((time) => use(key, time)));
      const used = (await find(key))?.lastUsedAt?.getTime();
      expect(times.map((time) => time.getTime())).to.include(used);
      expect((await find(key))?.version, 'a use is no change of the key').to.equal(1);
    });
  };

  describe(`API keys on ${name}`, () => {
    suite(4);
  });
  describe(`API keys on ${name}, with one connection`, () => {
    suite(1);
  });
};
