import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import type { OpenApiDocument } from '#src/platform/http/openapi/document.js';
import { SOURCE_TYPES } from '#src/contexts/webhooks/domain/relayed.js';
import { BACKEND_NAMES } from '#src/main/services.js';
import { eventually } from './eventually.js';
import type { TestServices } from './test-services.js';
import type { ShopUnderTest } from './test-shop.js';

/** Fast enough that a test need not wait long for what is attempted again. */
export const QUICK_WEBHOOKS = {
  pollMs: 10,
  firstPauseMs: 5,
  longestPauseMs: 20,
  maxAttempts: 3,
} as const;

export interface LoggedDelivery {
  readonly id: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly payload: string;
  readonly number: number;
  readonly outcome: string;
  readonly status: number | null;
  readonly response: string | null;
  readonly error: string | null;
}

/** What an administrator does with webhooks. */
export const hooksOf = (shop: ShopUnderTest) => {
  const admin = (json?: object) => ({ token: shop.adminToken, ...(json !== undefined && { json }) });
  const deliveries = async (id: string, filter: Readonly<Record<string, string>> = {}) => {
    const query = new URLSearchParams({ limit: '100', ...filter }).toString();
    const { status, body } = await shop.get(`/webhooks/${id}/deliveries?${query}`, admin());
    expect(status, 'deliveries').to.equal(200);
    return body as { readonly items: readonly LoggedDelivery[] };
  };
  return {
    create: async (url: string, eventTypes: readonly string[]) => {
      const { status, body } = await shop.post('/webhooks', admin({ url, eventTypes }));
      expect(status, 'endpoint').to.equal(201);
      return body as { readonly id: string; readonly secret: string };
    },
    get: async (id: string) =>
      (await shop.get(`/webhooks/${id}`, admin())).body as Readonly<Record<string, unknown>>,
    change: (id: string, json: object) => shop.patch(`/webhooks/${id}`, admin(json)),
    remove: (id: string) => shop.delete(`/webhooks/${id}`, admin()),
    ping: (id: string) => shop.post(`/webhooks/${id}/ping`, admin()),
    rotate: async (id: string, json?: object) => {
      const { status, body } = await shop.post(`/webhooks/${id}/rotate-secret`, admin(json));
      expect(status, 'rotation').to.equal(200);
      return body as { readonly secret: string; readonly previousSecretEndsAt: string | null };
    },
    rotateRefused: (id: string) => shop.post(`/webhooks/${id}/rotate-secret`, admin()),
    deliveries,
    /** The log of an endpoint, the latest first, once it has so many entries. */
    logged: (id: string, filter: Readonly<Record<string, string>>, count = 1) =>
      eventually(
        async () => {
          const { items } = await deliveries(id, filter);
          return items.length >= count ? items : null;
        },
        `${String(count)} in the log`,
      ),
    redeliver: (id: string, eventId: string) =>
      shop.post(`/webhooks/${id}/deliveries/${eventId}/redeliver`, admin()),
    redeliverRange: (id: string, range: object) =>
      shop.post(`/webhooks/${id}/deliveries/redeliver`, admin(range)),
  };
};

/** Has the services of a shop send no event that no webhook endpoint wants. */
export const withdrawn = async ({ services }: TestServices): Promise<void> => {
  const { contexts, webhookSurplus: surplus } = services.user.parts;
  const chore = contexts.webhooks.chores.find(({ name }) => name.startsWith('withdraw'));
  await eventually(async () => {
    surplus.isPossible = true;
    await chore?.run(() => false);
    return !surplus.isPossible;
  }, 'services that are all there');
};

/** Returns which of the events for webhooks each service sends to the user service, without those that have no choice. */
export const chosenEvents = async ({ services }: TestServices) => {
  const chosen: Record<string, readonly string[]> = {};
  for (const name of ['customer', 'product', 'transaction'] as const) {
    const { outbox } = services[name].parts.persistence.outside;
    const stored = (await outbox.backlogs()).find(({ subscriber }) => subscriber === 'service-user');
    chosen[name] = SOURCE_TYPES.filter((type) => stored?.types.includes(type)).toSorted();
  }
  return chosen;
};

/** Resolves when every event of the services has been received, or waits for an operator. */
export const settled = ({ services }: TestServices): Promise<unknown> =>
  eventually(async () => {
    for (const name of BACKEND_NAMES) {
      const { outbox } = services[name].parts.persistence.outside;
      if (await outbox.hasUndispatched()) return false;
      if ((await outbox.backlogs()).some(({ waiting }) => waiting > 0)) return false;
    }
    return true;
  }, 'events that are all received');

/** Returns what of a message is not as the `webhooks` of a document describe it. */
export const describedBy = (openApi: OpenApiDocument) => {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(openApi, 'openapi');
  return (message: { readonly type: string }): readonly string[] => {
    const pointer = `/webhooks/${message.type}/post/requestBody/content/application~1json/schema`;
    const validate = ajv.compile({ $ref: `openapi#${pointer}` });
    return validate(message) ? [] : [ajv.errorsText(validate.errors)];
  };
};
