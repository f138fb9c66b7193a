// All that others may know of privacy, which depends on every context. No context depends on it.
export type { ErasureEvent } from './domain/events.js';
