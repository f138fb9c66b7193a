import type { Administrator, Manager, Scope } from '#src/kernel/actor.js';
import type { ApiKeyId, NewId } from '#src/kernel/ids.js';
import type { Page, PageRequest } from '#src/kernel/page.js';
import type { Work } from '#src/kernel/transact.js';
import { ApiKey } from '../domain/api-key.js';
import { fail } from '../domain/errors.js';
import type { AccountsPorts, ApiKeyReader, ApiKeySecrets } from './ports.js';
import { requireRecentLogIn } from './require-recent-log-in.js';

export interface WantedApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | null;
}

export interface CreatedApiKey {
  readonly key: ApiKey;
  /** Stored nowhere. */
  readonly secret: string;
}

/** Creates an API key for the shop. Fails with `recent_login_required` or `expiry_in_past`. */
export const createApiKey =
  ({ newId, apiKeySecrets }: { readonly newId: NewId; readonly apiKeySecrets: ApiKeySecrets }) =>
  (by: Administrator, { name, scopes, expiresAt }: WantedApiKey): Work<AccountsPorts, CreatedApiKey> => {
    const id = newId<ApiKeyId>();
    const { secret, hash, prefix } = apiKeySecrets.mint();
    return async ({ apiKeys, addressSalts, audit, now }) => {
      // Otherwise a thief with a stolen token makes a key that outlives it.
      requireRecentLogIn({ now })(by);
      const createdAt = now();
      const key = ApiKey.create({ id, name, prefix, scopes, createdBy: by.id, createdAt, expiresAt });
      await apiKeys.add(key, hash);
      await addressSalts.create(id);
      await audit.record({ action: 'api_key.created', subject: id });
      return { key, secret };
    };
  };

const existingApiKey =
  ({ apiKeys }: { readonly apiKeys: ApiKeyReader }) =>
  async (id: ApiKeyId): Promise<ApiKey> => {
    const key = await apiKeys.find(id);
    if (key === null) throw fail('api_key_not_found');
    return key;
  };

/** Revokes an API key: it stops working at once, everywhere. Revoked already, nothing happens. Fails with `api_key_not_found`. */
export const revokeApiKey =
  (_by: Manager, id: ApiKeyId): Work<AccountsPorts, void> =>
  async ({ apiKeys, audit, now }) => {
    const key = await existingApiKey({ apiKeys })(id);
    if (key.revokedAt !== null) return;
    await apiKeys.update(ApiKey.revoke(key, now()));
    await audit.record({ action: 'api_key.revoked', subject: id });
  };

/** Fails with `api_key_not_found`. */
export const getApiKey =
  ({ apiKeys }: { readonly apiKeys: ApiKeyReader }) =>
  (_by: Manager, id: ApiKeyId): Promise<ApiKey> =>
    existingApiKey({ apiKeys })(id);

/** Lists all keys, revoked and expired ones included, the latest first. */
export const listApiKeys =
  ({ apiKeys }: { readonly apiKeys: ApiKeyReader }) =>
  (_by: Manager, page: PageRequest): Promise<Page<ApiKey>> =>
    apiKeys.list(page);
