import { pino } from 'pino';
import { serviceCircuit, type Circuit, type CircuitOptions } from '#src/platform/http/services/circuit.js';

/** A circuit to the planted shop, which says nothing unless it is given a log. */
export const testCircuit = (options: Partial<CircuitOptions> = {}): Circuit =>
  serviceCircuit({ service: 'planted', logger: pino({ level: 'silent' }), ...options });
