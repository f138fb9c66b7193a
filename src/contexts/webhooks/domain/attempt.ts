import type { EventId } from '#src/kernel/events.js';
import type { AttemptId, EndpointId } from './ids.js';

export const OUTCOMES = ['delivered', 'failed', 'dead_lettered'] as const;
/** `failed`: it is attempted again. `dead_lettered`: it is not, until it is redelivered. */
export type AttemptOutcome = (typeof OUTCOMES)[number];

/** An attempt to send an event to an endpoint. */
export interface Attempt {
  readonly id: AttemptId;
  readonly endpointId: EndpointId;
  /** Id of the event, the same in all attempts: the header `webhook-id`. */
  readonly eventId: EventId;
  /** Id of the stored event that waits for the endpoint: that of an event of another process, and of a redelivery, is another one. */
  readonly storedId: EventId;
  readonly eventType: string;
  /** The body of the request: JSON. */
  readonly payload: string;
  /** 1 for the first. */
  readonly number: number;
  readonly outcome: AttemptOutcome;
  /** Null if there was no response. */
  readonly status: number | null;
  /** The beginning of the response's body; null if there was no response. */
  readonly response: string | null;
  /** Why there was no complete response. */
  readonly error: string | null;
  readonly durationMs: number;
  readonly at: Date;
}

/** What came back from an endpoint. */
export type SendResult = Pick<Attempt, 'status' | 'response' | 'error' | 'durationMs'> & {
  /** Milliseconds before which the endpoint wants no further attempt. */
  readonly retryAfterMs: number | null;
};

/** Only 2xx is a success. */
export const isSuccess = ({ status }: Pick<SendResult, 'status'>): boolean =>
  status !== null && status >= 200 && status < 300;

/** The status by which an endpoint says that it wants no events any more. */
export const GONE = 410;
