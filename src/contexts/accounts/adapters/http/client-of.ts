import type { ClientView } from '#src/platform/http/routes/route.js';
import type { Client } from '../../domain/session.js';

/** Returns where a request comes from, as sessions tell it. */
export const clientOf = ({ address, userAgent }: ClientView): Client => ({ address, device: userAgent });
