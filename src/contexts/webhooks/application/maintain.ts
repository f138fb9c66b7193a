import type { Now } from '#src/kernel/clock.js';
import type { Transact } from '#src/kernel/transact.js';
import { Endpoint } from '../domain/endpoint.js';
import { LOG_MS } from '../domain/limits.js';
import type { Secrets, WebhooksPorts, WebhooksReaders } from './ports.js';

/** Removes at most `limit` attempts that have been in the log for long enough; returns their number. */
export const purgeAttempts =
  ({ transact, now }: { readonly transact: Transact<WebhooksPorts>; readonly now: Now }) =>
  (limit: number): Promise<number> => {
    const before = new Date(now().getTime() - LOG_MS);
    return transact(({ attempts }) => attempts.purge(before, limit));
  };

interface ResealDeps extends Pick<WebhooksReaders, 'endpoints'> {
  readonly transact: Transact<WebhooksPorts>;
  readonly secrets: Secrets;
  readonly now: Now;
}

/** Returns the endpoint with its secrets under the present key; the same endpoint if they are, or cannot be opened. */
const resealed = (endpoint: Endpoint, secrets: Secrets, at: Date): Endpoint =>
  Endpoint.reseal(
    endpoint,
    (sealed) => {
      if (secrets.isCurrent(sealed)) return sealed;
      const opened = secrets.open(sealed);
      return opened === null ? sealed : secrets.seal(opened);
    },
    at,
  );

/** Encrypts the secrets of all endpoints with the present key, so that an earlier one can be removed. */
export const resealSecrets =
  ({ transact, endpoints, secrets, now }: ResealDeps) =>
  async (): Promise<void> => {
    const at = now();
    for (const found of await endpoints.listAll()) {
      if (resealed(found, secrets, at) === found) continue; // so that usually nothing is written
      await transact(async (ports) => {
        const endpoint = await ports.endpoints.find(found.id);
        const changed = endpoint && resealed(endpoint, secrets, at);
        if (changed !== null && changed !== endpoint) await ports.endpoints.update(changed);
      });
    }
  };
