import type { ProblemDetails } from '#src/platform/http/routes/route.js';

/** Points at the field of the body that the refused password came in. */
export const commonPasswordAt = (field: 'password' | 'newPassword'): ProblemDetails => ({
  common_password: () => ({
    errors: [{ pointer: `/${field}`, detail: 'The password must not be one of the most common ones.' }],
  }),
});
