import type { Manager } from '#src/kernel/actor.js';
import type { Page, PageRequest } from '#src/kernel/page.js';
import type { Attempt } from '../domain/attempt.js';
import type { Endpoint } from '../domain/endpoint.js';
import type { EndpointId } from '../domain/ids.js';
import { fail } from '../domain/errors.js';
import type { AttemptFilter, EndpointReader, WebhooksReaders } from './ports.js';

/** Fails with `webhook_not_found`. */
export const findEndpoint =
  ({ endpoints }: { readonly endpoints: EndpointReader }) =>
  async (id: EndpointId): Promise<Endpoint> => {
    const found = await endpoints.find(id);
    if (found === null) throw fail('webhook_not_found');
    return found;
  };

/** Fails with `webhook_not_found`. */
export const getEndpoint =
  (readers: Pick<WebhooksReaders, 'endpoints'>) => (_by: Manager<'webhooks:manage'>, id: EndpointId) =>
    findEndpoint(readers)(id);

export const listEndpoints =
  ({ endpoints }: Pick<WebhooksReaders, 'endpoints'>) =>
  (_by: Manager<'webhooks:manage'>, page: PageRequest): Promise<Page<Endpoint>> =>
    endpoints.list(page);

/** Fails with `webhook_not_found`. */
export const listAttempts =
  (readers: WebhooksReaders) =>
  async (
    _by: Manager<'webhooks:manage'>,
    id: EndpointId,
    filter: AttemptFilter,
    page: PageRequest,
  ): Promise<Page<Attempt>> => {
    await findEndpoint(readers)(id);
    return readers.attempts.list(id, filter, page);
  };
