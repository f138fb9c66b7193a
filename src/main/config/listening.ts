import { CONNECTION_LIMITS } from '#src/platform/http/connections/connection-limits.js';
import { integer, string, type ValuesOf } from '#src/platform/schema/schema.js';
import { SERVICES, type ServiceName } from '../services.js';
import { variable, type Complain } from './variable.js';

const publicUrl = string({
  url: ['http', 'https'],
  max: 255,
  pattern: [/^[^?#]*$/, 'must have no query'],
});

/** Variables about ports and URLs. */
export const listeningVariables = {
  PORT: variable(integer({ min: 0, max: 65_535 }).optional(), {
    right: 'a port number from 0 to 65535 (0: any free port)',
    purpose: 'Port to listen on.',
    unset: `\`${String(SERVICES.gateway.port)}\`; with SERVICE that of the service's default URL`,
  }),
  HOST: variable(string().default('0.0.0.0'), {
    right: 'an address or a host name of this machine',
    purpose: 'Address to listen on.',
  }),
  OPERATIONS_PORT: variable(integer({ min: 0, max: 65_535 }).optional(), {
    right: 'a port number from 0 to 65535 (0: any free port), other than PORT',
    purpose:
      'Separate port for `/livez`, `/readyz` and `/metrics`, which are then 404 on `PORT`. Allow only your own ' +
      'network to reach it.',
    unset: 'none: they are served on `PORT`',
  }),
  KEEP_ALIVE_TIMEOUT: variable(
    integer({ min: 1, max: 3600 }).default(CONNECTION_LIMITS.keepAliveTimeout / 1000),
    {
      right: 'seconds, a whole number from 1 to 3600',
      purpose:
        'How long a connection may be idle between two requests. It must be longer than the idle time-out of the ' +
        'proxy in front of the shop; otherwise some requests of the proxy meet a closed connection.',
    },
  ),
  PUBLIC_URL: variable(publicUrl.optional(), {
    right: 'an http or https URL of at most 255 characters, without query',
    purpose:
      'URL at which consumers reach the shop, with the path prefix of the proxy, if any. It is also the issuer of ' +
      'access tokens (unset: `portico`), so set it alike for all processes. https enables HSTS.',
    unset: '`http://localhost:` with the port, in a service other than the gateway with `3000`',
  }),
};

type Values = ValuesOf<typeof listeningVariables>;

export interface ListeningConfig {
  readonly port: number;
  readonly host: string;
  /** Port that serves the operators' paths, and nothing else does; null serves them on `port`. */
  readonly operationsPort: number | null;
  /** Seconds for which a connection may be idle between two requests. */
  readonly keepAliveTimeout: number;
  /** URL at which consumers reach the shop, without a trailing slash. */
  readonly publicUrl: string;
  /** Whether PUBLIC_URL is set: then the API document names it. */
  readonly hasPublicUrl: boolean;
  /** Issuer of access tokens: the same in all processes of a shop, so never derived from what belongs to one of them. */
  readonly tokenIssuer: string;
}

/** Issuer of access tokens of a shop without a configured public URL. */
const DEFAULT_ISSUER = 'portico';

export const listeningConfig = (
  { PORT, HOST, OPERATIONS_PORT, KEEP_ALIVE_TIMEOUT, PUBLIC_URL }: Values,
  service: ServiceName | null,
  complain: Complain<keyof Values>,
): ListeningConfig => {
  const port = PORT ?? SERVICES[service ?? 'gateway'].port;
  const publicPort = service === null || service === 'gateway' ? port : SERVICES.gateway.port;
  const operationsPort = OPERATIONS_PORT ?? null;
  if (operationsPort !== null && operationsPort !== 0 && operationsPort === port)
    complain('OPERATIONS_PORT', `must be ${listeningVariables.OPERATIONS_PORT.right}`);
  const configured = PUBLIC_URL?.replace(/(?<!\/)\/+$/, '');
  return {
    port,
    host: HOST,
    operationsPort,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    hasPublicUrl: configured !== undefined,
    publicUrl: configured ?? `http://localhost:${String(publicPort)}`,
    tokenIssuer: configured ?? DEFAULT_ISSUER,
  };
};
