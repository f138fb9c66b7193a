import { erasureReceiver, erasureSubscriber, holdRoute } from '#src/contexts/privacy/module.js';
import type { ContextModule } from '#src/platform/context-module.js';
import { transactWithFacts } from '#src/platform/neighbours/facts.js';
import { bindings } from './bindings.js';
import { CONTEXTS } from './contexts.js';
import type { Parts, RemoteErasures } from './parts.js';

/** Nothing in the process that begins them, nor in a gateway. */
export const remoteErasures = (parts: Parts): RemoteErasures => {
  const { config, neighbours } = parts;
  const isConcerned = config.contexts.length > 0 && !config.contexts.includes('privacy');
  if (neighbours === null || !isConcerned) return { serves: [], receivers: [], subscribers: [] };
  const { erasing } = bindings(parts, config.contexts, neighbours.holding);
  const transact = transactWithFacts(parts.transact, erasing);
  const errors = config.contexts.flatMap(
    (name) => (CONTEXTS[name] as ContextModule).personalData?.erasureErrors ?? [],
  );
  return {
    serves: [holdRoute(transact, errors)],
    receivers: [
      {
        ...erasureReceiver,
        // A receiver handles events of its own types only.
        handle: (event, { repositories, facts }) =>
          erasureReceiver.handle(event as never, erasing(repositories, facts)),
      },
    ],
    subscribers: [erasureSubscriber({ transact })],
  };
};
