import type { IncomingMessage, ServerResponse } from 'node:http';
import { failHttp, problemEntry } from '../pipeline/errors.js';
import { problem } from '../pipeline/problem.js';
import { REQUEST_ID, sanitizedId } from '../pipeline/request-id.js';
import { corsHeaders, securityHeaderFields } from '../pipeline/security.js';

export interface RefusalOptions {
  /** Whether consumers reach the shop over TLS. */
  readonly tls: boolean;
  readonly corsOrigins: readonly string[];
  /** Path of a proxy, without a trailing slash. */
  readonly publicPath: string;
  readonly newId: () => string;
}

/** Values of `Retry-After` in seconds, sent in turn, so that refused clients do not all return at the same moment. */
const RETRY_AFTER = ['1', '2', '3'] as const;

const [ENTRY] = failHttp.pick('overloaded').map(problemEntry);

/**
 * Returns a function that responds with 503 `overloaded`. It writes the response without the pipeline, which costs several times
 * as much: the cheaper a refusal is, the more requests the process serves beside it. The header fields are those of the pipeline.
 */
export const overloadRefusal = ({ tls, corsOrigins, publicPath, newId }: RefusalOptions) => {
  const fixed = Object.entries({
    ...securityHeaderFields(tls),
    Vary: 'Origin',
    'Cache-Control': 'no-store',
    'Content-Type': 'application/problem+json',
  }).flat();
  const corsOf = corsHeaders(corsOrigins);
  let refused = 0;
  return (request: IncomingMessage, response: ServerResponse): void => {
    if (ENTRY === undefined) throw new Error('overloaded is no problem of HTTP');
    const { url = '/', headers } = request;
    const requestId = sanitizedId(headers['x-request-id']) ?? newId();
    const instance = `${publicPath}${url.split('?', 1)[0] ?? ''}`;
    const body = JSON.stringify(problem(ENTRY, { instance, requestId }));
    refused += 1;
    response.writeHead(ENTRY.status, [
      ...fixed,
      ...corsOf(headers.origin),
      REQUEST_ID,
      requestId,
      'Retry-After',
      RETRY_AFTER[refused % RETRY_AFTER.length] ?? '1',
      'Content-Length',
      String(Buffer.byteLength(body)),
    ]);
    response.end(body);
  };
};
