import { accountErrors } from '#src/contexts/accounts/public.js';
import { fail } from '../../domain/errors.js';

/** Of what works on profile and account: a person who is erased at that moment may be missed as the one or as the other. */
export const notFound = [...fail.pick('customer_not_found'), ...accountErrors.pick('user_not_found')];
