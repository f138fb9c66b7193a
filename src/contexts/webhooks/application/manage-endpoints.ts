import type { Manager } from '#src/kernel/actor.js';
import type { WithAudit } from '#src/kernel/audit.js';
import type { Now } from '#src/kernel/clock.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import { Endpoint, type EndpointChanges, type EndpointContent } from '../domain/endpoint.js';
import type { EndpointId } from '../domain/ids.js';
import { fail } from '../domain/errors.js';
import type { PingRequested } from '../domain/events.js';
import { MAX_ENDPOINTS } from '../domain/limits.js';
import type { RequireTarget, Secrets, WebhooksPorts } from './ports.js';
import { findEndpoint } from './queries.js';

/** An endpoint, with its new secret in readable form. */
export interface WithSecret {
  readonly endpoint: Endpoint;
  readonly secret: string;
}

/** Fails with `webhook_target_refused`, `webhook_limit_reached` or `service_unavailable`. */
export const createEndpoint =
  ({
    newId,
    now,
    secrets,
    requireTarget,
  }: {
    newId: NewId;
    now: Now;
    secrets: Secrets;
    requireTarget: RequireTarget;
  }) =>
  (_by: Manager<'webhooks:manage'>, content: EndpointContent): Work<WebhooksPorts, WithSecret> => {
    requireTarget(content.url);
    const secret = secrets.create();
    const endpoint = Endpoint.create(newId<EndpointId>(), content, secrets.seal(secret), now());
    return async ({ endpoints, senders, subscriptions }) => {
      // Of two that are created at once, the second counts the first.
      await endpoints.lockList();
      if ((await endpoints.listAll()).length >= MAX_ENDPOINTS)
        throw fail('webhook_limit_reached', { limit: MAX_ENDPOINTS });
      await senders.require(endpoint);
      await endpoints.add(endpoint);
      await subscriptions.store(endpoint);
      return { endpoint, secret };
    };
  };

/**
 * A URL that stays is not checked: what is allowed may have changed since. Fails with `webhook_target_refused`, `webhook_not_found` or
 * `service_unavailable`.
 */
export const editEndpoint =
  ({ now, requireTarget }: { now: Now; requireTarget: RequireTarget }) =>
  (
    _by: Manager<'webhooks:manage'>,
    id: EndpointId,
    changes: EndpointChanges,
  ): Work<WebhooksPorts & WithAudit, Endpoint> =>
  async ({ endpoints, senders, subscriptions, audit }) => {
    const endpoint = await findEndpoint({ endpoints })(id);
    const edited = Endpoint.edit(endpoint, changes, now());
    if (edited === endpoint) return endpoint;
    if (edited.url !== endpoint.url) requireTarget(edited.url);
    if (Endpoint.wantsMore(edited, endpoint)) await senders.require(edited);
    await endpoints.update(edited);
    await subscriptions.store(edited);
    await audit.record({ action: 'webhook.changed', subject: id });
    return edited;
  };

/** Removes an endpoint with what waits for it. Fails with `webhook_not_found`. */
export const deleteEndpoint =
  (_by: Manager<'webhooks:manage'>, id: EndpointId): Work<WebhooksPorts, void> =>
  async ({ endpoints, subscriptions }) => {
    const endpoint = await findEndpoint({ endpoints })(id);
    await subscriptions.remove(id);
    await endpoints.remove(endpoint);
  };

/** `endFormer`: no secret but the new one signs from now on. Fails with `webhook_not_found` or `webhook_rotation_limit_reached`. */
export const rotateSecret =
  ({ now, secrets }: { now: Now; secrets: Secrets }) =>
  (
    _by: Manager<'webhooks:manage'>,
    id: EndpointId,
    { endFormer }: { readonly endFormer: boolean },
  ): Work<WebhooksPorts, WithSecret> => {
    const secret = secrets.create();
    const sealed = secrets.seal(secret);
    return async ({ endpoints }) => {
      const found = await findEndpoint({ endpoints })(id);
      const endpoint = Endpoint.rotate(found, sealed, { endFormer, at: now() });
      await endpoints.update(endpoint);
      return { endpoint, secret };
    };
  };

/** Has a message without content sent. Fails with `webhook_not_found` or `webhook_disabled`. */
export const pingEndpoint =
  ({ newId, now }: { newId: NewId; now: Now }) =>
  (_by: Manager<'webhooks:manage'>, id: EndpointId): Work<WebhooksPorts, Endpoint> => {
    const ping: PingRequested = {
      type: 'webhook_ping.requested',
      aggregateId: newId(),
      version: 1,
      occurredAt: now(),
      data: { endpointId: id },
    };
    return async ({ endpoints, events }) => {
      const endpoint = await requireEnabled({ endpoints }, id);
      await events.append(ping);
      return endpoint;
    };
  };

/** Fails with `webhook_not_found` or `webhook_disabled`. */
export const requireEnabled = async (
  ports: Pick<WebhooksPorts, 'endpoints'>,
  id: EndpointId,
): Promise<Endpoint> => {
  const endpoint = await findEndpoint(ports)(id);
  if (!Endpoint.isEnabled(endpoint)) throw fail('webhook_disabled');
  return endpoint;
};
