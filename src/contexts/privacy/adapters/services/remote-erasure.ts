import type { Now } from '#src/kernel/clock.js';
import type { ErrorEntry } from '#src/kernel/errors.js';
import type { UserId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import type { Calls } from '#src/platform/context-module.js';
import type { Route } from '#src/platform/http/routes/route.js';
import { failService } from '#src/platform/http/services/errors.js';
import { operationRoute, type Operation } from '#src/platform/http/services/operation.js';
import type { Receiver } from '#src/platform/inbox/receiver.js';
import type { Facts } from '#src/platform/neighbours/facts.js';
import { object, uuid } from '#src/platform/schema/schema.js';
import {
  eraseClosed,
  HOLD_MS,
  holdPerson,
  type RemoteErasurePorts,
} from '../../application/erase-elsewhere.js';
import type { ErasureEvent } from '../../domain/events.js';

const holdOperation = (errors: readonly ErrorEntry[]): Operation<{ readonly id: UserId }, object> => ({
  name: 'holdPerson',
  summary: 'Keep anything new from beginning for a person who is about to be erased, for a minute',
  request: object('HoldPersonRequest', { id: uuid<UserId>() }),
  response: object('HoldPersonResponse', {}),
  errors,
});

/** Returns the route by which a process holds a person; `errors` are the refusals of its contexts. */
export const holdRoute = (transact: Transact<RemoteErasurePorts>, errors: readonly ErrorEntry[]): Route =>
  operationRoute(holdOperation(errors), async ({ id }) => {
    await transact(holdPerson(id));
    return {};
  });

export interface HoldingDeps {
  readonly facts: Facts;
  /** The process that is to hold people, by a name that no other has. */
  readonly service: Calls;
  readonly name: string;
  readonly errors: readonly ErrorEntry[];
  readonly now: Now;
}

/**
 * Returns a step that fails unless another process holds a person, for as long as this transaction may take. Half of the time is left
 * for the COMMIT, and for the clocks of two machines to run differently fast.
 */
export const holdElsewhere =
  ({ facts, service, name, errors, now }: HoldingDeps) =>
  async (person: UserId): Promise<void> => {
    const since = await facts.get(`hold of ${person} by ${name}`, async () => {
      const before = now().getTime();
      await service.call(holdOperation(errors), { id: person });
      return before;
    });
    if (now().getTime() - since > HOLD_MS / 2) throw failService('service_unavailable');
  };

/** Erases a person in a process without the accounts when that of the accounts has closed the account. */
export const erasureReceiver: Receiver<RemoteErasurePorts, ErasureEvent> = {
  name: 'privacy.erasures',
  types: ['erasure.started'],
  handle: ({ aggregateId: id, data }, ports) => eraseClosed({ id, person: data.customerId })(ports),
};
