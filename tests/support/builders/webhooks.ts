import type { Attempt } from '#src/contexts/webhooks/domain/attempt.js';
import type { Endpoint } from '#src/contexts/webhooks/domain/endpoint.js';
import type { SealedSecret } from '#src/contexts/webhooks/domain/ids.js';
import { newId } from './ids.js';

const AT = new Date('2026-06-01T12:00:00.000Z');

export const anEndpoint = (given: Partial<Endpoint> = {}): Endpoint => ({
  id: newId<Endpoint['id']>(),
  url: 'https://receiver.example/hooks',
  description: '',
  eventTypes: ['order.placed'],
  disabledReason: null,
  secret: 'sealed' as SealedSecret,
  formerSecrets: [],
  failingSince: null,
  version: 1,
  createdAt: AT,
  updatedAt: AT,
  ...given,
});

export const anAttempt = (given: Partial<Attempt> = {}): Attempt => ({
  id: newId<Attempt['id']>(),
  endpointId: newId<Attempt['endpointId']>(),
  eventId: newId<Attempt['eventId']>(),
  storedId: newId<Attempt['storedId']>(),
  eventType: 'order.placed',
  payload: '{"type":"order.placed"}',
  number: 1,
  outcome: 'delivered',
  status: 200,
  response: 'ok',
  error: null,
  durationMs: 12,
  at: AT,
  ...given,
});
