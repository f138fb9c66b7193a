/** Maximum number of endpoints of a shop: each has a loop of its own in every process. */
export const MAX_ENDPOINTS = 16;

const HOUR_MS = 3_600_000;

/** How long a secret still signs after its rotation, beside the new one, in milliseconds. */
export const ROTATION_MS = 24 * HOUR_MS;

/** Maximum number of secrets before the present one that still sign: each is a signature more in every message. */
export const MAX_FORMER_SECRETS = 4;

/** How long all attempts to reach an endpoint fail before it is disabled, in milliseconds. */
export const FAILING_MS = 5 * 24 * HOUR_MS;

/** How long attempts stay in the log, in milliseconds. */
export const LOG_MS = 30 * 24 * HOUR_MS;
