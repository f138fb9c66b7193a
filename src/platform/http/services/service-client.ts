import { setTimeout as sleep } from 'node:timers/promises';
import type * as Undici from 'undici';
import { DomainError, isDomainError, type ErrorKind } from '#src/kernel/errors.js';
import { onDemand } from '#src/platform/lazily.js';
import { readAs } from '../routes/validation.js';
import { CALLER } from './called-by-gateway.js';
import type { Caller, CallerTokens } from './caller-tokens.js';
import type { Circuit } from './circuit.js';
import { failService } from './errors.js';
import { operationPath, type Operation } from './operation.js';

/** Calls the operations of another process of the shop. */
export interface ServiceClient {
  /**
   * Returns the response. Fails with the refusals of the operation, or with `service_unavailable` if no valid response arrives in
   * time, or at once while the circuit is open. Repeats the call if its response is lost.
   */
  call<Request, Response>(operation: Operation<Request, Response>, request: Request): Promise<Response>;
  close(): Promise<void>;
}

export interface ServiceClientOptions {
  /** The service's name, for which the tokens are. */
  readonly service: string;
  readonly origin: string;
  readonly tokens: Pick<CallerTokens, 'issue'>;
  readonly circuit: Pick<Circuit, 'through'>;
  readonly connections?: number;
  readonly connectTimeoutMs?: number;
  /** How long one attempt may take. */
  readonly timeoutMs?: number;
  readonly attempts?: number;
}

/** Operations are called by the shop itself, on behalf of no client. */
const THE_SHOP: Caller = { actor: null, address: '' };

const FIRST_PAUSE_MS = 20;

/** What a status means in a refusal of a neighbour. */
const KINDS: Readonly<Record<number, ErrorKind>> = {
  400: 'malformed',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  412: 'precondition_failed',
  422: 'invalid',
};

interface Problem {
  readonly code: string;
  readonly detail: string;
}

/** The standard members of a problem document; all others are details of the refusal. */
const STANDARD: ReadonlySet<string> = new Set([
  'type',
  'title',
  'status',
  'detail',
  'instance',
  'code',
  'requestId',
]);

const refusalIn = (
  status: number,
  body: unknown,
  known: readonly { readonly code: string }[],
): DomainError | null => {
  const kind = KINDS[status];
  const { code, detail, ...rest } = (body ?? {}) as Problem & Readonly<Record<string, unknown>>;
  if (kind === undefined || !known.some((entry) => entry.code === code)) return null;
  const details = Object.fromEntries(Object.entries(rest).filter(([name]) => !STANDARD.has(name)));
  return new DomainError(kind, code, detail, details);
};

interface Received {
  readonly statusCode: number;
  readonly text: string;
}

// A shop of one process has no use for it.
const undici = onDemand<typeof Undici>('undici');

export const serviceClient = ({
  service,
  origin,
  tokens,
  circuit,
  connections = 32,
  connectTimeoutMs = 1000,
  timeoutMs = 5000,
  attempts = 3,
}: ServiceClientOptions): ServiceClient => {
  const { Pool } = undici();
  const pool = new Pool(origin, { connections, pipelining: 1, connect: { timeout: connectTimeoutMs } });

  const send = async (path: string, body: string): Promise<Received> => {
    const response = await pool.request({
      ...{ method: 'POST', path, body },
      headers: { 'content-type': 'application/json', [CALLER]: tokens.issue(service, THE_SHOP) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    return { statusCode: response.statusCode, text: await response.body.text() };
  };

  const callOnce = async <Request, Response>(
    operation: Operation<Request, Response>,
    body: string,
  ): Promise<Response> => {
    const { statusCode, text } = await circuit.through(() => send(operationPath(operation), body));
    const received = JSON.parse(text) as unknown;
    if (statusCode === 200) return readAs(operation.response, received);
    throw (
      refusalIn(statusCode, received, operation.errors ?? []) ??
      new Error(`${service} responded to ${operation.name} with ${statusCode}: ${text.slice(0, 200)}`)
    );
  };

  return {
    call: async (operation, request) => {
      const body = JSON.stringify(request);
      for (let made = 1; ; made += 1) {
        try {
          return await callOnce(operation, body);
        } catch (error) {
          if (isDomainError(error)) throw error;
          if (made >= attempts) throw Object.assign(failService('service_unavailable'), { cause: error });
        }
        await sleep(Math.random() * FIRST_PAUSE_MS * 2 ** made);
      }
    },
    close: () => pool.close(),
  };
};
