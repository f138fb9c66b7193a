import type { CustomerId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import type { Subscriber } from '#src/platform/outbox/subscriber.js';
import { forgetRequests } from '../../application/forget-requests.js';
import type { CustomersPorts } from '../../application/ports.js';

/** Goes on with erasures, in whichever process delivers their events. */
export const erasureSubscriber =
  ({ transact }: { readonly transact: Transact<CustomersPorts> }): Subscriber =>
  async ({ type, data: { customerId } }, signal) => {
    if (type === 'erasure.started') await forgetRequests({ transact })(customerId as CustomerId, signal);
  };
