import type * as Undici from 'undici';
import { onDemand } from '#src/platform/lazily.js';
import type { Send } from '../../application/ports.js';
import type { SendResult } from '../../domain/attempt.js';
import { checkedLookup, resolveByDns, type Resolve } from './resolve.js';
import { retryAfterMs } from './retry-after.js';
import { signedHeaders } from './signature.js';
import { requireTarget } from './targets.js';

export interface SendOptions {
  /** Whether a target may be in a private network, and without TLS. */
  readonly allowPrivate: boolean;
  readonly resolve?: Resolve;
  /** How long an attempt may take, from the name to the end of the response. */
  readonly withinMs?: number;
}

const WITHIN_MS = 15_000;
/** Maximum number of connections to one origin: as many as an endpoint has deliveries at the same time, by some endpoints. */
const CONNECTIONS = 16;
/** Maximum number of bytes that are read of a response; the connection is closed after them. */
const READ_BYTES = 16_384;
/** Number of characters of a response that are stored. */
const STORED_CHARACTERS = 1024;
const ERROR_CHARACTERS = 200;

// A shop without endpoints has no use for it.
const undici = onDemand<typeof Undici>('undici');

/** Returns what an error says; of OpenSSL's errors the reason alone, without the lines of its source. */
const saidBy = (error: Error): string =>
  'library' in error && 'reason' in error ? `TLS failed: ${String(error.reason)}` : error.message;

/** PostgreSQL stores no NUL. */
const storable = (text: string, length: number): string =>
  Array.from(text.replaceAll('\0', '')).slice(0, length).join('');

const readBeginning = async (body: AsyncIterable<Buffer>): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= READ_BYTES) break; // which closes the connection
  }
  return storable(Buffer.concat(chunks).toString('utf8'), STORED_CHARACTERS);
};

const firstOf = (header: string | string[] | undefined): string | undefined => [header].flat()[0];

const errorText = (error: unknown, isLate: boolean, withinMs: number): string => {
  if (isLate) return `no complete response within ${String(withinMs / 1000)} seconds`;
  const cause = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const text = cause instanceof Error ? saidBy(cause) : String(cause);
  return storable(text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim(), ERROR_CHARACTERS);
};

/** Sends messages as POST requests. Redirects are not followed: what is checked is where it is sent. */
export const sendWebhook = ({
  allowPrivate,
  resolve = resolveByDns,
  withinMs = WITHIN_MS,
}: SendOptions): Send => {
  const { Agent, request } = undici();
  const dispatcher = new Agent({
    ...{ connections: CONNECTIONS, pipelining: 1, keepAliveTimeout: 10_000 },
    connect: { timeout: withinMs, lookup: checkedLookup({ allowPrivate, resolve }) },
  });

  const requireAllowed = requireTarget({ allowPrivate });

  return async (target, message, { secrets, at, signal }) => {
    const begun = performance.now();
    const late = AbortSignal.timeout(withinMs);
    const ended = (result: Omit<SendResult, 'durationMs'>): SendResult => ({
      ...result,
      durationMs: Math.round(performance.now() - begun),
    });
    try {
      // Again: what is allowed may have changed since the endpoint was stored. A host that is an address is not looked up.
      requireAllowed(target);
      const { statusCode, headers, body } = await request(target, {
        dispatcher,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Portico-Webhooks/1',
          'accept-encoding': 'identity',
          ...signedHeaders(message, secrets, at),
        },
        body: message.payload,
        signal: AbortSignal.any([signal, late]),
        headersTimeout: withinMs,
        bodyTimeout: withinMs,
      });
      return ended({
        ...{ status: statusCode, error: null, response: await readBeginning(body) },
        retryAfterMs: retryAfterMs(firstOf(headers['retry-after']), new Date()),
      });
    } catch (error) {
      return ended({
        ...{ status: null, response: null, retryAfterMs: null },
        error: errorText(error, late.aborted, withinMs),
      });
    }
  };
};
