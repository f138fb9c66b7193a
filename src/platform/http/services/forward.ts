import { EventEmitter } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import type { ParameterizedContext } from 'koa';
import type * as Undici from 'undici';
import { isDomainError, type DomainError } from '#src/kernel/errors.js';
import { onDemand } from '#src/platform/lazily.js';
import { forgetCaller } from '../pipeline/handler.js';
import { REQUEST_ID } from '../pipeline/request-id.js';
import type { RequestState } from '../pipeline/state.js';
import { CALLER } from './called-by-gateway.js';
import type { CallerTokens } from './caller-tokens.js';
import type { Circuit } from './circuit.js';
import { isClosed, isUnreached, type ConnectionError } from './connection-errors.js';
import { failService } from './errors.js';

type Context = ParameterizedContext<RequestState>;

/** Passes a request on to a service, and its response back. Neither body is stored in between. */
export interface ServiceForwarder {
  /** Fails with `service_unavailable` if the service cannot be reached, or with the refusal for a change whose outcome is unknown. */
  forward(ctx: Context): Promise<void>;
  close(): Promise<void>;
}

export interface ForwarderOptions {
  /** The service's name, for which the tokens are. */
  readonly service: string;
  readonly origin: string;
  readonly tokens: Pick<CallerTokens, 'issue'>;
  readonly circuit: Pick<Circuit, 'through'>;
  /** Makes the refusal of a change whose outcome is unknown. */
  readonly failUnknown: () => DomainError;
  readonly connections?: number;
  /** How long the service may take to connect, and to begin with its response. */
  readonly connectTimeoutMs?: number;
  readonly headersTimeoutMs?: number;
}

/** Request fields that services read. No other field is passed on, so that none can have another meaning there (RFC 9110 §7.6). */
const PASSED = [
  'accept',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'traceparent',
  'tracestate',
  'user-agent',
];
/** Those of a body. The length is absent if the body comes in chunks, and undici sends it in chunks as well. */
const PASSED_WITH_BODY = [...PASSED, 'content-encoding', 'content-length', 'content-type'];

/** Fields of a response that are about its connection, or that the gateway sets by itself. */
const NOT_RETURNED: ReadonlySet<string> = new Set([
  'connection',
  'date',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Fields of which both have a part. */
const SHARED: ReadonlySet<string> = new Set(['ratelimit', 'ratelimit-policy']);

const isSafe = (method: string | undefined): boolean => method === 'GET' || method === 'HEAD';

/** Returns whether a request has a body that means something: that of a read is ignored, as it is without a gateway. */
const hasBody = ({ method, headers }: IncomingMessage): boolean =>
  !isSafe(method) && (headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined);

const requestHeaders = (ctx: Context, token: string): Record<string, string> => {
  const { headers } = ctx.req;
  const passed: Record<string, string> = { [CALLER]: token, [REQUEST_ID]: ctx.state.requestId };
  for (const name of hasBody(ctx.req) ? PASSED_WITH_BODY : PASSED) {
    const value = headers[name];
    if (typeof value === 'string') passed[name] = value;
  }
  // The service must know that there is a token, because a shared cache may not store the response then. The token itself stays here.
  if (headers.authorization !== undefined) passed['authorization'] = `Bearer ${token}`;
  return passed;
};

const returnHeaders = (res: ServerResponse, headers: IncomingHttpHeaders): void => {
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || NOT_RETURNED.has(name)) continue;
    const own = SHARED.has(name) ? res.getHeader(name) : undefined;
    res.setHeader(name, own === undefined ? value : `${String(own)}, ${String(value)}`);
  }
};

/** Returns the body of a request. If the service does not want all of it, only the returned stream is destroyed. */
const bodyOf = (req: IncomingMessage): PassThrough | null =>
  hasBody(req) ? req.pipe(new PassThrough()) : null;

// A shop of one process has no use for it.
const undici = onDemand<typeof Undici>('undici');

export const serviceForwarder = ({
  service,
  origin,
  tokens,
  circuit,
  failUnknown,
  connections = 64,
  connectTimeoutMs = 1000,
  headersTimeoutMs = 30_000,
}: ForwarderOptions): ServiceForwarder => {
  const { Pool } = undici();
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    headersTimeout: headersTimeoutMs,
    bodyTimeout: headersTimeoutMs,
    connect: { timeout: connectTimeoutMs },
  });

  /** Resolves at the end of the response, and calls `onResponse` at its beginning. */
  const send = async (ctx: Context, onResponse: () => void): Promise<void> => {
    const { req, res } = ctx;
    const hangUp = new EventEmitter();
    const onClose = (): void => {
      if (!res.writableFinished) hangUp.emit('abort');
    };
    res.on('close', onClose);
    try {
      await pool.stream(
        {
          path: ctx.url,
          method: ctx.method,
          headers: requestHeaders(
            ctx,
            tokens.issue(service, { actor: ctx.state.actor ?? null, address: ctx.ip }),
          ),
          body: bodyOf(req),
          signal: hangUp,
        },
        ({ statusCode, headers }) => {
          onResponse();
          res.statusCode = statusCode;
          returnHeaders(res, headers);
          forgetCaller(ctx);
          return res;
        },
      );
    } finally {
      res.off('close', onClose);
    }
  };

  /** Resolves at the beginning of the response. */
  const begin = (ctx: Context): Promise<{ readonly end: Promise<void> }> =>
    new Promise((resolve, reject) => {
      const end = send(ctx, () => {
        resolve({ end });
      });
      end.catch(reject);
    });

  const attempt = async (ctx: Context): Promise<void> => {
    const { end } = await circuit.through(() => begin(ctx));
    await end;
  };

  const failed = (ctx: Context, error: ConnectionError): DomainError =>
    isUnreached(error) || isSafe(ctx.method) ? failService('service_unavailable') : failUnknown();

  return {
    forward: async (ctx) => {
      ctx.respond = false;
      for (let again = isSafe(ctx.method); ; again = false) {
        try {
          await attempt(ctx);
          return;
        } catch (thrown) {
          if (ctx.res.closed) return; // the client is gone
          if (ctx.res.headersSent) {
            ctx.res.destroy(); // a part of the response must not look like all of it
            return;
          }
          if (again && isClosed(thrown as ConnectionError)) continue;
          ctx.respond = true;
          if (isDomainError(thrown)) throw thrown; // the circuit is open
          const refusal = failed(ctx, thrown as ConnectionError);
          refusal.cause = thrown;
          throw refusal;
        }
      }
    },
    close: () => pool.close(),
  };
};
