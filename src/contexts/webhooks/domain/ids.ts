import type { Brand } from '#src/kernel/brand.js';

export type EndpointId = Brand<string, 'WebhookEndpointId'>;
export type AttemptId = Brand<string, 'WebhookAttemptId'>;

/** A secret as it is stored: encrypted. */
export type SealedSecret = Brand<string, 'SealedSecret'>;
