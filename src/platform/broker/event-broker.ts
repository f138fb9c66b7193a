import type { CloudEvent } from './cloud-event.js';

/** A message broker that keeps events for programs outside the shop. */
export interface EventBroker {
  /**
   * Resolves when the broker has stored the event, or knows that it stored it before. Rejects if it may not have: then the event is
   * published again, and the broker recognises it by its id.
   */
  publish(event: CloudEvent): Promise<void>;
  close(): Promise<void>;
}
