import type { Currency } from '#src/kernel/money.js';
import type { Transact } from '#src/kernel/transact.js';
import type { Subscriber } from '#src/platform/outbox/subscriber.js';
import { continueImport } from '../application/continue-import.js';
import type { ImportPorts } from '../application/ports.js';
import type { ImportEvent } from '../domain/events.js';

/** Applies imports, a batch for each of their events: each appends the next one, so that it goes on in whichever process delivers that. */
export const importSubscriber = (deps: {
  readonly transact: Transact<ImportPorts>;
  readonly currency: Currency;
}): Subscriber<ImportEvent> => ({
  name: 'catalog.imports',
  types: ['import.started', 'import.continued'],
  handle: ({ aggregateId, version }, signal) => continueImport(deps)(aggregateId, version, signal),
});
