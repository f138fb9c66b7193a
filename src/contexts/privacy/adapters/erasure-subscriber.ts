import type { Transact } from '#src/kernel/transact.js';
import type { Subscriber } from '#src/platform/outbox/subscriber.js';
import { forgetRequests } from '../application/forget-requests.js';
import type { PrivacyPorts } from '../application/ports.js';
import type { ErasureEvent } from '../domain/events.js';

/** Goes on with erasures, in whichever process delivers their events: that of the accounts, and each of the others. */
export const erasureSubscriber = ({
  transact,
}: {
  readonly transact: Transact<Pick<PrivacyPorts, 'requests'>>;
}): Subscriber<ErasureEvent> => ({
  name: 'privacy.erasures',
  types: ['erasure.started', 'erasure.received'],
  handle: ({ data }, signal) => forgetRequests({ transact })(data.customerId, signal),
});
