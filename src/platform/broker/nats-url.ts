/** A NATS server, and how to connect to it. */
export interface NatsServer {
  /** `host:port` */
  readonly address: string;
  /** Whether the connection must be encrypted; otherwise it is if the server requires it. */
  readonly tls: boolean;
  readonly login:
    | { readonly user: string; readonly pass: string }
    | { readonly token: string }
    | Readonly<Record<string, never>>;
}

const DEFAULT_PORT = '4222';

/** Reads `nats://user:password@host:port`, `nats://token@host` or `tls://…`; throws if it is invalid, without repeating it. */
export const parseNatsUrl = (text: string): NatsServer => {
  const url = new URL(text);
  const [user, pass] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  if (
    !['nats:', 'tls:'].includes(url.protocol) ||
    url.hostname === '' ||
    (user === '' && pass !== '') ||
    !['', '/'].includes(url.pathname) ||
    url.search !== '' ||
    url.hash !== ''
  )
    throw new Error('not the URL of a NATS server');
  const port = url.port === '' ? DEFAULT_PORT : url.port;
  const login = pass !== '' ? { user, pass } : user !== '' ? { token: user } : {};
  return { address: `${url.hostname}:${port}`, tls: url.protocol === 'tls:', login };
};
