import { isDomainError } from '#src/kernel/errors.js';
import type { Transact } from '#src/kernel/transact.js';
import { failService } from '#src/platform/http/services/errors.js';
import type { EventSender } from '#src/platform/inbox/choice-operation.js';
import type { Facts } from '#src/platform/neighbours/facts.js';
import type { EndpointRepository, Senders, Surplus, WebhooksPorts } from '../../application/ports.js';
import { sourceTypesFor } from '../../domain/relayed.js';

export interface SendersDeps {
  readonly endpoints: Pick<EndpointRepository, 'reviseList' | 'listAll'>;
  /** None in a shop of one process. */
  readonly eventSenders: readonly EventSender[];
  readonly facts: Facts;
  readonly surplus: Surplus;
}

/**
 * Has the other processes send the types of all endpoints under the version that the list gets by this transaction, so that it commits only
 * if none has been withdrawn since they were called.
 */
export const sendersElsewhere = ({ endpoints, eventSenders, facts, surplus }: SendersDeps): Senders => ({
  require: async (endpoint) => {
    if (eventSenders.length === 0 || sourceTypesFor([endpoint]).length === 0) return;
    const version = await endpoints.reviseList();
    // Of an endpoint that is changed, also what it wants until then: this may come to nothing.
    const types = sourceTypesFor([...(await endpoints.listAll()), endpoint]);
    const stored = await facts.get(`processes that send ${types.join()} at version ${version}`, () =>
      Promise.all(eventSenders.map(({ choose }) => choose({ version, types }))),
    );
    if (stored.every((each) => each.version === version)) return;
    // A database is older than what it has been: `withdrawSurplus` passes the later version.
    surplus.isPossible = true;
    throw failService('service_unavailable');
  },
});

/** Maximum number of versions of one run: more are needed only while endpoints are being created. */
const MAX_ROUNDS = 3;

export interface WithdrawDeps extends Pick<SendersDeps, 'eventSenders' | 'surplus'> {
  readonly transact: Transact<Pick<WebhooksPorts, 'endpoints'>>;
}

/** Has the other processes send what endpoints want now, and nothing else, if they may be sending more. */
export const withdrawSurplus = ({ transact, eventSenders, surplus }: WithdrawDeps) => {
  /** Returns whether they send nothing else now. */
  const withdraw = async (): Promise<boolean> => {
    let above = 0;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      // First a version under which no endpoint can be stored any more, then the calls.
      const chosen = await transact(async ({ endpoints }) => {
        const version = await endpoints.reviseList(above);
        return { version, types: sourceTypesFor(await endpoints.listAll()) };
      });
      const stored = await Promise.all(eventSenders.map(({ choose }) => choose(chosen)));
      const isExact = stored.every(
        ({ version, types }) =>
          version === chosen.version && types.every((type) => chosen.types.some((each) => each === type)),
      );
      if (isExact) return true;
      above = Math.max(...stored.map(({ version }) => version));
    }
    return false;
  };
  return async (): Promise<void> => {
    if (!surplus.isPossible) return;
    surplus.isPossible = false;
    try {
      if (!(await withdraw())) surplus.isPossible = true;
    } catch (error) {
      surplus.isPossible = true;
      // A process that is away sends nothing either; the next run tries again.
      if (!isDomainError(error) || error.code !== 'service_unavailable') throw error;
    }
  };
};
