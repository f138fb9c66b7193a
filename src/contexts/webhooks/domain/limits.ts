/** Maximum number of endpoints of a shop: each has a loop of its own in every process. */
export const MAX_ENDPOINTS = 16;

const HOUR_MS = 3_600_000;

/** How long the secret before a rotation still signs, beside the new one, in milliseconds. */
export const ROTATION_MS = 24 * HOUR_MS;

/** How long all attempts to reach an endpoint fail before it is disabled, in milliseconds. */
export const FAILING_MS = 5 * 24 * HOUR_MS;

/** How long attempts stay in the log, in milliseconds. */
export const LOG_MS = 30 * 24 * HOUR_MS;
