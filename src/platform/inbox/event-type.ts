import type { EventType } from '#src/kernel/events.js';
import { string, type Schema } from '../schema/schema.js';

/** Schema of the type of an event of another process, whose version may know other ones. */
export const eventType = (): Schema<EventType, 'required'> =>
  string({ max: 64 }).convert(
    (text) => (/^\w+\.\w+$/.test(text) ? (text as EventType) : null),
    'must be an aggregate and what happened to it',
  );
