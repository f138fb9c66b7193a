import type { Authenticate } from '../pipeline/access.js';
import type { Step } from '../pipeline/steps.js';
import type { Caller, CallerTokens } from './caller-tokens.js';
import { failService } from './errors.js';

/** Name of the header with the caller's token. */
export const CALLER = 'Portico-Caller';

type Verifying = Pick<CallerTokens, 'verify'>;

const callerIn = ({ verify }: Verifying, header: string): Caller | null =>
  header === '' ? null : verify(header);

/** Sets `ctx.ip` to the client's address in the caller's token; without a valid token, to the address of the peer. */
export const addressFromGateway =
  (tokens: Verifying): Step =>
  (ctx) => {
    ctx.request.ip = callerIn(tokens, ctx.get(CALLER))?.address ?? ctx.req.socket.remoteAddress ?? '';
  };

/** Fails with `services_only` if a request has no valid caller's token, except on these paths. */
export const requireGateway =
  (tokens: Verifying, exceptOn: ReadonlySet<string>): Step =>
  (ctx) => {
    if (!exceptOn.has(ctx.path) && callerIn(tokens, ctx.get(CALLER)) === null)
      throw failService('services_only');
  };

/** Returns the caller in the token; the gateway has checked the session or the key. */
export const authenticatedByGateway =
  (tokens: Verifying): Authenticate =>
  (token) =>
    Promise.resolve(tokens.verify(token)?.actor ?? null);
