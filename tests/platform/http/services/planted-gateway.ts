import { createSecretKey } from 'node:crypto';
import { DomainError } from '#src/kernel/errors.js';
import { authenticatedByGateway } from '#src/platform/http/services/called-by-gateway.js';
import { callerTokens } from '#src/platform/http/services/caller-tokens.js';
import type { Circuit } from '#src/platform/http/services/circuit.js';
import { serviceForwarder, type ForwarderOptions } from '#src/platform/http/services/forward.js';
import { testCircuit } from '../../../support/test-circuit.js';
import { startPlanted, type PlantedApp, type PlantedOptions } from '../planted-app.js';

const SECRET = createSecretKey(Buffer.alloc(32, 7));

export const tokensOf = (self: string) => callerTokens({ secret: SECRET, self, now: () => new Date() });

/** The planted shop as a service that answers a gateway only. */
export const startService = (options: PlantedOptions = {}): Promise<PlantedApp> => {
  const callers = tokensOf('planted');
  return startPlanted({ ...options, part: { callers, authenticate: authenticatedByGateway(callers) } });
};

export interface PlantedGateway extends PlantedApp {
  close(): Promise<void>;
}

/** A gateway with the route table of the planted shop, in front of a service at that address. */
export const startGateway = async (
  origin: string,
  options: PlantedOptions = {},
  forwarding: Partial<ForwarderOptions> = {},
  circuit: Circuit = testCircuit(),
): Promise<PlantedGateway> => {
  const forwarder = serviceForwarder({
    service: 'planted',
    origin,
    tokens: tokensOf('gateway'),
    circuit,
    failUnknown: () => new DomainError('unavailable', 'outcome_unknown', 'Nobody knows.'),
    ...forwarding,
  });
  const gateway = await startPlanted({
    ...options,
    part: { forward: () => (ctx) => forwarder.forward(ctx), circuits: [circuit] },
  });
  return {
    ...gateway,
    close: async () => {
      await gateway.server.close();
      await forwarder.close();
    },
  };
};
