// All that other contexts may know of webhooks.
export type { WebhookEvent } from './domain/events.js';
