import type { Authenticate } from '../pipeline/access.js';
import type { Step } from '../pipeline/steps.js';
import type { Caller, CallerTokens } from './caller-tokens.js';
import { failService } from './errors.js';

/** The header of the token that says on whose behalf a process asks. */
export const CALLER = 'Portico-Caller';

type Verifying = Pick<CallerTokens, 'verify'>;

const callerIn = ({ verify }: Verifying, header: string): Caller | null =>
  header === '' ? null : verify(header);

/** Sets `ctx.ip` to the address that the gateway has found out, and to that of the peer where there is no token of a gateway. */
export const addressFromGateway =
  (tokens: Verifying): Step =>
  (ctx) => {
    ctx.request.ip = callerIn(tokens, ctx.get(CALLER))?.address ?? ctx.req.socket.remoteAddress ?? '';
  };

/** Refuses whoever has no token of a process of this shop, except on these paths. */
export const requireGateway =
  (tokens: Verifying, exceptOn: ReadonlySet<string>): Step =>
  (ctx) => {
    if (!exceptOn.has(ctx.path) && callerIn(tokens, ctx.get(CALLER)) === null)
      throw failService('services_only');
  };

/** Takes the caller from the token: the gateway has asked for their session already. */
export const authenticatedByGateway =
  (tokens: Verifying): Authenticate =>
  (token) =>
    Promise.resolve(tokens.verify(token)?.actor ?? null);
