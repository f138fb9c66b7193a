import { errorCatalogue } from '#src/kernel/errors.js';

/** Refusals of calls that need another process of the shop. */
export const failService = errorCatalogue({
  services_only: ['forbidden', 'This address is for the other processes of the shop only.'],
  service_unavailable: [
    'unavailable',
    'A part of the shop cannot be reached at the moment. Try again later.',
  ],
});
