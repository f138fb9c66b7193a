import { setTimeout as sleep } from 'node:timers/promises';
import { startChores, type RunningChores } from '#src/platform/chores.js';
import type { HttpApp } from '#src/platform/http/app.js';
import { configError, VARIABLES, type Config } from './config/index.js';
import type { ContextName } from './contexts.js';
import { shopParts, type Overrides } from './container.js';
import { firstAdministrator, type FirstAdministrator } from './first-administrator.js';
import { choresOf } from './housekeeping.js';
import { openListeners, type Listeners } from './listeners.js';
import { compareTokens } from './token-siblings.js';
import type { Parts } from './parts.js';

/** A shop that is not yet started. */
export interface Shop {
  readonly parts: Parts;
  /** The Koa app, the route table and the OpenAPI document. */
  readonly http: HttpApp;
  /**
   * Makes the database ready: schema, first administrator, demo catalogue. Then it delivers events and serves requests, to which
   * the reply is 503 until then. Rejects if the database is unavailable, or holds a shop of another currency or of a later
   * version, or if addresses have to be verified and no mail is sent.
   */
  prepare(): Promise<Prepared>;
  /** Starts listening; rejects if a port can't be opened. */
  listen(): Promise<Listeners>;
  /** Lets the requests and deliveries in flight finish, then closes ports and database. */
  close(options?: ShopCloseOptions): Promise<void>;
}

export interface ShopCloseOptions {
  /**
   * Milliseconds for which the shop first goes on serving while it reports that it is not ready, so that balancers and clients
   * notice before connections are refused; 0 by default.
   */
  readonly delayMs?: number;
  /**
   * Whether another process on the same port has taken the place of this one: it reports that it is ready to the end, since the
   * shop is; false by default.
   */
  readonly replaced?: boolean;
}

/**
 * Milliseconds for which a connection without a request stays open after the shop stops accepting connections: a request may be
 * on its way to it. Only with a delay: a caller without one wants to stop at once.
 */
const LINGER_MS = 1000;

export interface Prepared {
  /** The administrator that was created just now, or why none was; `elsewhere` in a process without accounts. */
  readonly administrator: FirstAdministrator | 'elsewhere';
  /** Whether nothing was stored there before; always true in memory. */
  readonly isNewDatabase: boolean;
}

/**
 * Creates a shop. Nothing is opened yet. Every part can be replaced by its name:
 *
 * ```ts
 * createShop(config, {
 *   now: () => () => new Date('2030-01-01'),
 *   replaceRepositories: () => ({ carts: (original, scope) => ({ … }) }),
 * })
 * ```
 */
export const createShop = (config: Config, overrides: Overrides = {}): Shop => {
  const parts = shopParts(config, overrides);
  const { http, health } = parts;
  let listeners: Listeners | undefined;
  let chores: RunningChores | undefined;
  return {
    parts,
    http,
    prepare: async () => {
      const sendsMail = config.contexts.includes('accounts');
      if (sendsMail && config.requireVerifiedEmail && parts.mailer === null)
        throw configError(
          'SMTP_URL',
          `is required when REQUIRE_VERIFIED_EMAIL is true: ${VARIABLES.SMTP_URL.right}`,
        );
      const { isNew } = await parts.persistence.prepare();
      const holds = (context: ContextName): boolean => config.contexts.includes(context);
      if (holds('accounts')) await compareTokens(parts);
      await parts.counters?.tight.open();
      const administrator = holds('accounts') ? await firstAdministrator(parts) : 'elsewhere';
      if (config.demoData && holds('catalog')) await parts.contexts.catalog.operations.createDemoCatalogue();
      parts.relay.start();
      health.start();
      chores = startChores(choresOf(parts), parts.logger);
      return { administrator, isNewDatabase: isNew };
    },
    listen: async () => {
      listeners = await openListeners(parts);
      return listeners;
    },
    close: async ({ delayMs = 0, replaced = false } = {}) => {
      const hasClients = health.phase() === 'serving';
      if (!replaced) health.leave();
      listeners?.announceClose();
      if (hasClients && delayMs > 0) await sleep(delayMs);
      // Both at once: events that are not delivered now are delivered after the next start.
      await Promise.all([
        listeners?.close({ lingerMs: delayMs > 0 || replaced ? LINGER_MS : 0 }),
        parts.relay.stop(),
      ]);
      health.drain();
      await chores?.stop();
      await parts.counters?.tight.close();
      await parts.eventBroker?.close();
      await parts.neighbours?.close();
      await parts.persistence.close();
    },
  };
};
