import type { KeyActor } from '#src/kernel/actor.js';
import type { Now } from '#src/kernel/clock.js';
import type { ApiKeyId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import { ApiKey } from '../domain/api-key.js';
import type { AccountsPorts, ApiKeyReader, ApiKeySecrets } from './ports.js';

/** Stores that a key was used at that time. Its caller does not wait. */
export type NoteUse = (id: ApiKeyId, at: Date) => void;

interface NotingUses {
  readonly transact: Transact<Pick<AccountsPorts, 'apiKeys'>>;
  /** Called if a use could not be stored. */
  readonly failed: (error: unknown) => void;
}

/**
 * Stores uses of keys in transactions of their own, one at a time for each key: many requests may find at once that a use is due.
 * A use that cannot be stored refuses no request.
 */
export const notingUses = ({ transact, failed }: NotingUses): NoteUse => {
  const storing = new Set<ApiKeyId>();
  return (id, at) => {
    if (storing.has(id)) return;
    storing.add(id);
    transact(({ apiKeys }) => apiKeys.noteUse(id, at, ApiKey.useStoredBefore(at)))
      .catch(failed)
      .finally(() => storing.delete(id));
  };
};

interface Deps {
  readonly apiKeys: ApiKeyReader;
  readonly apiKeySecrets: ApiKeySecrets;
  readonly noteUse: NoteUse;
  readonly now: Now;
}

/**
 * Returns the API key of a request; null if there is none, or it is revoked or expired. Its row is read on every request, so that a
 * revocation counts at once, in every process. A text with a wrong checksum is refused without a read.
 */
export const authenticateKey =
  ({ apiKeys, apiKeySecrets, noteUse, now }: Deps) =>
  async (text: string): Promise<KeyActor | null> => {
    const at = now();
    const hash = apiKeySecrets.hash(text);
    const key = hash === null ? null : await apiKeys.findBySecret(hash);
    if (key === null || !ApiKey.isLive(key, at)) return null;
    if (ApiKey.isUseDue(key, at)) noteUse(key.id, at);
    return { id: key.id, scopes: key.scopes };
  };
