import Joi from 'joi';
import leven, { closestMatch } from 'leven';
import type { EmailAddress } from '#src/kernel/email-address.js';
import type { Currency } from '#src/kernel/money.js';
import { currencyOf } from '#src/platform/currency.js';
import { CONNECTION_LIMITS } from '#src/platform/http/connections/connection-limits.js';
import { isCommonPassword } from '#src/contexts/accounts/adapters/common-passwords.js';
import type { LinkTemplates } from '#src/contexts/accounts/adapters/mail/plain-letters.js';
import { parseSigningKeys } from '#src/contexts/accounts/adapters/jwt/signing-keys.js';
import { parseDatabaseUrl } from '#src/platform/database/database-url.js';
import { requireEmailAddress } from '#src/platform/email-address.js';
import { parseTrustProxy, type TrustProxy } from '#src/platform/http/connections/client-address.js';
import { parseSmtpUrl, type SmtpServer } from '#src/platform/mail/smtp-url.js';
import { hasUnescapedPassword } from '#src/platform/url-password.js';

/** All that can be set about a shop, checked. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** Where the operators' paths are served, and nowhere else; null: on `port`. */
  readonly operationsPort: number | null;
  /** Seconds that a connection may be idle between two requests. */
  readonly keepAliveTimeout: number;
  /** Where consumers reach the shop, without a slash at the end. */
  readonly publicUrl: string;
  /** The issuer of access tokens: the same in all processes of a shop, so never made of what belongs to one of them. */
  readonly tokenIssuer: string;
  readonly database: DatabaseConfig;
  readonly currency: Currency;
  /** Who becomes the first administrator of a shop that has none. */
  readonly administrator: { readonly email: EmailAddress; readonly password: string } | null;
  /** PKCS#8 PEMs; null for an embedded database, which has a key of its own. */
  readonly jwtPrivateKey: string | null;
  /** Seconds. */
  readonly accessTokenTtl: number;
  /** Seconds. */
  readonly refreshTokenTtl: number;
  /** Seconds. */
  readonly sessionIdleTtl: number;
  readonly bcryptCost: number;
  readonly corsOrigins: readonly string[];
  readonly trustProxy: TrustProxy;
  /** Null switches them off. */
  readonly rateLimits: RateLimitConfig | null;
  /** The number of bytes that may be stored of a customer's answers under Idempotency-Keys. */
  readonly idempotencyQuota: number;
  /** Seconds for which a shared cache may keep the catalogue. */
  readonly sharedCacheTtl: number;
  readonly mail: MailConfig;
  /** Whether only those may order whose e-mail address is verified. */
  readonly requireVerifiedEmail: boolean;
  readonly pendingOrders: PendingOrderConfig;
  /** Real customers, as opposed to a developer who is trying things out. */
  readonly production: boolean;
  readonly demoData: boolean;
  /** Seconds for which the process goes on serving after it was told to stop; null where that was not said. */
  readonly shutdownDelay: number | null;
  readonly logLevel: string;
}

export interface DatabaseConfig {
  readonly url: string;
  /** Without a server: a file beside the process, or its memory. What a developer starts with. */
  readonly embedded: boolean;
  readonly poolMax: number;
  readonly acquireTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
}

export interface PendingOrderConfig {
  /** Seconds after which an order that nobody has confirmed is cancelled; 0 for never. */
  readonly ttl: number;
  /** How many a customer may have; 0 for any number. */
  readonly max: number;
}

export interface RateLimitConfig {
  /** How many requests an address, and how many a user, may make in a minute. */
  readonly perMinute: number;
  readonly store: 'process' | 'database' | 'redis';
  /** Required for the store `redis`. */
  readonly redisUrl: string | null;
}

export interface MailConfig {
  /** Null: mails are shown to the developer, or in production not sent at all. */
  readonly server: SmtpServer | null;
  readonly from: { readonly name: string; readonly address: string };
  readonly links: LinkTemplates;
}

const DAY = 86_400;

const redisUrl = Joi.string()
  .uri({ scheme: ['redis', 'rediss'] })
  .custom((url: string) => {
    if (hasUnescapedPassword(url)) throw new Error('no URL');
    return url;
  });

const currency = Joi.string().custom((code: string): Currency => {
  const found = currencyOf(code);
  if (found === null) throw new Error('unknown currency');
  return found;
});

const origins = Joi.string().custom((list: string): readonly string[] =>
  list.split(',').map((item) => {
    const origin = item.trim();
    // A pattern such as https://*.shop.example would match no page.
    if (new URL(origin).origin !== origin || origin.includes('*')) throw new Error('no origin');
    return origin;
  }),
);

const uncommonPassword = Joi.string()
  .min(8)
  .max(128)
  .custom((password: string) => {
    if (isCommonPassword(password)) throw new Error('a common password');
    return password;
  });

const smtpServer = Joi.string().custom(parseSmtpUrl);

const emailAddress = Joi.string().custom(requireEmailAddress);

/** `Name <address>`, or the address alone. No quotes: the name is quoted where it is written into a mail. */
const SENDER = /^(?:(?<name>[^<>"\p{Cc}]+)<(?<address>[^<>]+)>|(?<alone>[^<>]+))$/u;

const sender = Joi.string().custom((text: string): MailConfig['from'] => {
  const { name = '', address, alone } = SENDER.exec(text)?.groups ?? {};
  return {
    name: name.trim(),
    address: requireEmailAddress(address ?? alone ?? '').text,
  };
});

/** Where the token stands, the page's own script or server reads it; it must not choose the host. */
const linkTemplate = Joi.string().custom((template: string): string => {
  const { protocol, host } = new URL(template.replace('{token}', 'a'));
  const isPage =
    ['http:', 'https:'].includes(protocol) && host === new URL(template.replace('{token}', 'b')).host;
  if (!isPage || template.split('{token}').length !== 2 || /\s/.test(template))
    throw new Error('no template');
  return template;
});

/** The issuer of access tokens of a shop whose public URL is not configured. */
const DEFAULT_ISSUER = 'portico';

const publicUrl = Joi.string()
  .uri({ scheme: ['http', 'https'] })
  .max(255)
  .pattern(/[?#]/, { invert: true });

interface Variable {
  readonly schema: Joi.Schema;
  /** What would be right, in words that follow "must be". */
  readonly right: string;
  readonly purpose: string;
  /** Where the default can't be told by a value. */
  readonly unset?: string;
}

/** Every variable that the shop reads; whatever else is in the environment is ignored. */
export const VARIABLES = {
  PORT: {
    schema: Joi.number().integer().min(0).max(65_535).default(3000),
    right: 'a port number from 0 to 65535 (0: any that is free)',
    purpose: 'The port to listen on.',
  },
  HOST: {
    schema: Joi.string().default('0.0.0.0'),
    right: 'an address or a host name of this machine',
    purpose: 'The address to listen on.',
  },
  OPERATIONS_PORT: {
    schema: Joi.number().integer().min(0).max(65_535),
    right: 'a port number from 0 to 65535 (0: any that is free) that is not PORT',
    purpose:
      'A port of its own for `/livez`, `/readyz` and `/metrics`, which are then 404 on `PORT`. Only your own network should reach it.',
    unset: 'none: they are served on `PORT`',
  },
  KEEP_ALIVE_TIMEOUT: {
    schema: Joi.number()
      .integer()
      .min(1)
      .max(3600)
      .default(CONNECTION_LIMITS.keepAliveTimeout / 1000),
    right: 'seconds, a whole number from 1 to 3600',
    purpose:
      'How long a connection may be idle between two requests. It has to be longer than the time after which the proxy before the shop closes an idle connection, or some of its requests find a closed one.',
  },
  PUBLIC_URL: {
    schema: publicUrl,
    right: 'an http or https URL of at most 255 characters, without query',
    purpose:
      'Where consumers reach the shop, with the path under which a proxy offers it, if it has one. Access tokens name it as their issuer (unset: `portico`): the same for all processes. https switches HSTS on.',
    unset: '`http://localhost:` and the port',
  },
  DATABASE_URL: {
    schema: Joi.string(),
    right:
      'sqlite:path, mysql://user:password@host:port/name or mariadb://… (for a cluster host:port,host:port; with ssl-mode, ssl-ca, ssl-cert, ssl-key), postgres://… or postgresql://… (with sslmode, sslrootcert, sslcert, sslkey), or memory:',
    purpose: 'The database. Unset or `sqlite:` means the embedded one.',
    unset: '`sqlite:./data/portico.db`',
  },
  DATABASE_POOL_MAX: {
    schema: Joi.number().integer().min(1).max(1000).default(10),
    right: 'a whole number from 1 to 1000',
    purpose: 'How many connections to a database server a process keeps at most.',
  },
  DATABASE_ACQUIRE_TIMEOUT_MS: {
    schema: Joi.number().integer().min(1).max(600_000).default(5000),
    right: 'milliseconds, a whole number from 1 to 600000',
    purpose: 'How long a request waits for a free connection before it is answered with 503.',
  },
  DATABASE_STATEMENT_TIMEOUT_MS: {
    schema: Joi.number().integer().min(1).max(600_000).default(10_000),
    right: 'milliseconds, a whole number from 1 to 600000',
    purpose:
      'How long a statement may run on a server, and how long a request waits for a search. MySQL (not MariaDB) bounds reads only.',
  },
  DATABASE_LOCK_TIMEOUT_MS: {
    schema: Joi.number().integer().min(1).max(600_000).default(5000),
    right: 'milliseconds, a whole number from 1 to 600000',
    purpose: 'How long a statement waits for a lock. MySQL and MariaDB count whole seconds.',
  },
  SHOP_CURRENCY: {
    schema: currency.default(currencyOf('USD')),
    right: 'an ISO 4217 code such as USD',
    purpose:
      'The one currency of the shop. It is stored when the database is made and can not be changed later.',
  },
  ADMIN_EMAIL: {
    schema: emailAddress,
    right: 'an e-mail address',
    purpose: 'Makes the first administrator, with ADMIN_PASSWORD, when the shop has none.',
    unset: 'on the embedded database one is made with a random password; elsewhere none',
  },
  ADMIN_PASSWORD: {
    schema: uncommonPassword,
    right: 'a password of 8 to 128 characters, and none of the most common ones',
    purpose: "The first administrator's password. A secret.",
    unset: 'see ADMIN_EMAIL',
  },
  JWT_PRIVATE_KEY: {
    schema: Joi.string(),
    right:
      'one or several PKCS#8 PEM private keys, RSA from 2048 bits or EC P-256 (\\n may stand for line ends)',
    purpose:
      'The keys of access tokens: the first signs, all verify. Required unless the database is embedded. A secret.',
    unset: 'a key made once and kept beside the embedded database; with `memory:` in memory',
  },
  ACCESS_TOKEN_TTL: {
    schema: Joi.number().integer().min(1).max(DAY).default(3600),
    right: 'seconds, a whole number from 1 to 86400',
    purpose: 'How long an access token is good for.',
  },
  REFRESH_TOKEN_TTL: {
    schema: Joi.number()
      .integer()
      .min(60)
      .max(365 * DAY)
      .default(30 * DAY),
    right: 'seconds, a whole number from 60 to 31536000',
    purpose: 'How long a session can be kept alive by refreshing.',
  },
  SESSION_IDLE_TTL: {
    schema: Joi.number()
      .integer()
      .min(60)
      .max(365 * DAY)
      .default(14 * DAY),
    right: 'seconds, a whole number from 60 to 31536000',
    purpose: 'How long a session lasts that is not refreshed.',
  },
  BCRYPT_COST: {
    schema: Joi.number().integer().min(4).max(16).default(12),
    right: 'a whole number from 4 to 16',
    purpose: 'The cost of password hashes; each step doubles the time. Below 10 only in tests.',
  },
  CORS_ORIGINS: {
    schema: origins.default([]),
    right:
      'origins such as https://shop.example or http://localhost:5173, separated by commas, without * and without a slash at the end',
    purpose: 'The web origins whose pages may call the shop from a browser.',
    unset: 'none',
  },
  TRUST_PROXY: {
    schema: Joi.string().custom(parseTrustProxy).default(0),
    right:
      'a number of proxies, or addresses and CIDR ranges separated by commas (loopback, linklocal and uniquelocal name the usual ones)',
    purpose:
      'The proxies before the shop whose `X-Forwarded-For` is believed about the address of a client, which is logged and rate-limited.',
    unset: 'none: the address is that of the connection',
  },
  RATE_LIMITS: {
    schema: Joi.string().valid('on', 'off').default('on'),
    right: 'on or off',
    purpose: 'Whether callers are refused who ask too often. Off is for measurements.',
  },
  RATE_LIMIT_PER_MINUTE: {
    schema: Joi.number().integer().min(1).max(1_000_000).default(600),
    right: 'a whole number from 1 to 1000000',
    purpose:
      'How many requests each address, and each user, may make in a minute. Log-ins and the like are held to less.',
  },
  RATE_LIMIT_STORE: {
    schema: Joi.string().valid('process', 'database', 'redis'),
    right: 'process, database or redis',
    purpose: 'Where requests are counted. Several processes share their limits in a database or in Redis.',
    unset: '`redis` with REDIS_URL, else `process`',
  },
  REDIS_URL: {
    schema: redisUrl,
    right:
      'redis://user:password@host:port/number, or rediss:// for TLS, with special characters of the password escaped (/ as %2F)',
    purpose: 'The Redis in which rate limits are counted. A secret when it holds a password.',
    unset: 'none',
  },
  IDEMPOTENCY_QUOTA: {
    schema: Joi.number().integer().min(10_000).max(1_000_000_000_000).default(10_000_000),
    right: 'bytes, a whole number from 10000 to 1000000000000',
    purpose:
      'How much may be stored of the answers that a customer gets to POSTs with an `Idempotency-Key` within 24 hours. An administrator may have ten times as much.',
  },
  SHARED_CACHE_TTL: {
    schema: Joi.number().integer().min(0).max(DAY).default(10),
    right: 'seconds, a whole number from 0 to 86400 (0: ask each time)',
    purpose:
      'How long a proxy or CDN before the shop may answer with its copy of the catalogue. Browsers, and requests with an access token, always ask the shop.',
  },
  SMTP_URL: {
    schema: smtpServer,
    right:
      'smtp://user:password@host:port (with tls=required, or without a user tls=offered or tls=never) or smtps://…',
    purpose:
      'The mail server that sends what the shop writes to its customers. A secret when it holds a password.',
    unset: 'none: mails are printed on standard output, and with NODE_ENV=production not sent',
  },
  MAIL_FROM: {
    schema: sender,
    right: 'an e-mail address, or a name and one as in: Shop <no-reply@shop.example>',
    purpose: 'The sender of mails. Required with SMTP_URL.',
    unset: 'none',
  },
  PASSWORD_RESET_URL: {
    schema: linkTemplate,
    right:
      'an http or https URL with {token} once behind the host, such as https://shop.example/reset#{token}',
    purpose: 'The page of the storefront on which a new password is set; mails link to it.',
    unset: 'none: mails hold the token alone',
  },
  EMAIL_VERIFY_URL: {
    schema: linkTemplate,
    right:
      'an http or https URL with {token} once behind the host, such as https://shop.example/verify#{token}',
    purpose: 'The page of the storefront on which an e-mail address is verified; mails link to it.',
    unset: 'none: mails hold the token alone',
  },
  REQUIRE_VERIFIED_EMAIL: {
    schema: Joi.boolean().default(false),
    right: 'true or false',
    purpose: 'Whether only those may order whose e-mail address is verified.',
  },
  PENDING_ORDER_TTL: {
    schema: Joi.number()
      .integer()
      .min(0)
      .max(365 * DAY)
      .default(8 * 3600),
    right: 'seconds, a whole number from 0 to 31536000 (0: never)',
    purpose:
      'How long an order may wait to be confirmed. Then it is cancelled and its stock can be sold again. 0 keeps it for good.',
  },
  PENDING_ORDERS_MAX: {
    schema: Joi.number().integer().min(0).max(1000).default(10),
    right: 'a whole number from 0 to 1000 (0: any number)',
    purpose: 'How many orders of one customer may wait to be confirmed. 0 sets no limit.',
  },
  NODE_ENV: {
    schema: Joi.string(),
    right: 'production, or anything else',
    purpose:
      '`production` keeps mails off standard output and the demo catalogue out of the shop. Set it wherever real customers are.',
    unset: 'none',
  },
  DEMO_DATA: {
    schema: Joi.boolean(),
    right: 'true or false',
    purpose:
      'Whether an empty shop on the embedded database gets a small demo catalogue. On another database `npm run admin -- seed-demo` adds it.',
    unset: 'true; with NODE_ENV=production false',
  },
  SHUTDOWN_DELAY: {
    schema: Joi.number().integer().min(0).max(3600),
    right: 'seconds, a whole number from 0 to 3600',
    purpose:
      'How long the process goes on serving after SIGTERM or SIGINT, with `/readyz` at 503, so that balancers notice before connections are refused.',
    unset: '5; 0 on a terminal',
  },
  LOG_LEVEL: {
    schema: Joi.string().valid('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info'),
    right: 'fatal, error, warn, info, debug, trace or silent',
    purpose: 'What is logged at least, as JSON lines on standard error.',
  },
} as const satisfies Readonly<Record<string, Variable>>;

type Name = keyof typeof VARIABLES;

/** So many letters of a name can be wrong, missing or too many before it is another name; of a short one fewer. */
const typosIn = (name: string): number => (name.length < 8 ? 1 : 2);

/** Returns the names in an environment that are nearly a variable's, each with the one that was meant. */
export const misspeltVariables = (
  env: Readonly<Record<string, unknown>>,
): readonly (readonly [string, Name])[] => {
  const names = Object.keys(VARIABLES) as Name[];
  return Object.keys(env)
    .filter((given) => !names.includes(given as Name))
    .flatMap((given) => {
      const meant = closestMatch(given.toUpperCase(), names, { maxDistance: 2 }) as Name | undefined;
      const isNear = meant !== undefined && leven(given.toUpperCase(), meant) <= typosIn(meant);
      return isNear ? [[given, meant] as const] : [];
    });
};

/** The environment does not make a shop. Its message is one line that names the variable, never with its value. */
export const configError = (name: Name, problem: string): Error => new Error(`${name} ${problem}`);

/** Takes what is wrong with a variable, in words that follow its name. */
type Complain = (name: Name, problem: string) => void;

/** Returns what is wrong with a value that can't be parsed, in words that never repeat it; null when it can. */
const faultOf = (parse: () => unknown): string | null => {
  try {
    parse();
    return null;
  } catch (error) {
    return `is wrong: ${error instanceof Error ? error.message : 'unreadable'}`;
  }
};

/** More than a dozen of the longest keys. What checks a value may take quadratic time on a longer one. */
const MAX_LENGTH = 65_536;

type Values = Readonly<Partial<Record<Name, string>>>;
type Checked = Readonly<Record<Name, unknown>>;

/** A value that is wrong counts as not set, so that what follows from it is not complained of as well. */
const check = (env: Values, complain: Complain): Checked => {
  const valueOf = (name: Name, { schema, right }: Variable): unknown => {
    // An empty variable is how many tools say that it is not set.
    const given = env[name] === '' ? undefined : env[name];
    const tooLong = (given?.length ?? 0) > MAX_LENGTH;
    const { value, error } = schema.validate(tooLong ? undefined : given) as {
      value: unknown;
      error?: Error;
    };
    if (tooLong) complain(name, `must have at most ${MAX_LENGTH} characters`);
    if (error === undefined) return value;
    complain(name, `must be ${right}`);
    return (schema.validate(undefined) as { value: unknown }).value;
  };
  return Object.fromEntries(
    Object.entries<Variable>(VARIABLES).map(([name, variable]) => [name, valueOf(name as Name, variable)]),
  ) as Checked;
};

const rateLimitsOf = (checked: Checked, complain: Complain): RateLimitConfig | null => {
  const redisUrl = (checked.REDIS_URL as string | undefined) ?? null;
  const store =
    (checked.RATE_LIMIT_STORE as RateLimitConfig['store'] | undefined) ??
    (redisUrl === null ? 'process' : 'redis');
  if (store === 'redis' && redisUrl === null) complain('REDIS_URL', 'must go with RATE_LIMIT_STORE=redis');
  if (checked.RATE_LIMITS === 'off') return null;
  return { perMinute: checked.RATE_LIMIT_PER_MINUTE as number, store, redisUrl };
};

const operationsPortOf = (checked: Checked, complain: Complain): number | null => {
  const port = (checked.OPERATIONS_PORT as number | undefined) ?? null;
  if (port !== null && port !== 0 && port === checked.PORT)
    complain('OPERATIONS_PORT', `must be ${VARIABLES.OPERATIONS_PORT.right}`);
  return port;
};

const NOBODY: MailConfig['from'] = { name: '', address: 'nobody@localhost' };

const mailOf = (checked: Checked, complain: Complain): MailConfig => {
  const server = (checked.SMTP_URL as SmtpServer | undefined) ?? null;
  const from = checked.MAIL_FROM as MailConfig['from'] | undefined;
  if (server !== null && from === undefined)
    complain('MAIL_FROM', `must go with SMTP_URL: ${VARIABLES.MAIL_FROM.right}`);
  const links = {
    password_reset: (checked.PASSWORD_RESET_URL as string | undefined) ?? null,
    email_verification: (checked.EMAIL_VERIFY_URL as string | undefined) ?? null,
  };
  return { server, from: from ?? NOBODY, links };
};

const administratorOf = (checked: Checked, env: Values, complain: Complain): Config['administrator'] => {
  const email = checked.ADMIN_EMAIL as EmailAddress | undefined;
  const password = checked.ADMIN_PASSWORD as string | undefined;
  if (email !== undefined && password !== undefined) return { email, password };
  if (email !== undefined && !env.ADMIN_PASSWORD) complain('ADMIN_PASSWORD', 'must go with ADMIN_EMAIL');
  if (password !== undefined && !env.ADMIN_EMAIL) complain('ADMIN_EMAIL', 'must go with ADMIN_PASSWORD');
  return null;
};

/** Reads a configuration; throws an Error whose message has a line for each variable that is wrong. */
export const readConfig = (env: Values): Config => {
  const wrong = new Map<Name, string>();
  const complain: Complain = (name, problem) => {
    if (!wrong.has(name)) wrong.set(name, problem);
  };
  const config = configOf(env, complain);
  if (wrong.size > 0) throw new Error([...wrong].map(([name, problem]) => `${name} ${problem}`).join('\n'));
  return config;
};

const configOf = (env: Values, complain: Complain): Config => {
  const checked = check(env, complain);
  const text = (name: Name) => checked[name] as string | undefined;
  const number = (name: Name) => checked[name] as number;

  const url = text('DATABASE_URL') ?? 'sqlite:./data/portico.db';
  const faultOfUrl = url === 'memory:' ? null : faultOf(() => parseDatabaseUrl(url));
  if (faultOfUrl !== null) complain('DATABASE_URL', faultOfUrl);
  const embedded = url === 'memory:' || url.startsWith('sqlite:');
  const publicUrl = text('PUBLIC_URL')?.replace(/(?<!\/)\/+$/, '');
  const jwtPrivateKey = text('JWT_PRIVATE_KEY') ?? null;
  const faultOfKeys = jwtPrivateKey === null ? null : faultOf(() => parseSigningKeys(jwtPrivateKey));
  if (faultOfKeys !== null) complain('JWT_PRIVATE_KEY', faultOfKeys);
  if (jwtPrivateKey === null && !embedded && faultOfUrl === null) {
    const { right } = VARIABLES.JWT_PRIVATE_KEY;
    complain(
      'JWT_PRIVATE_KEY',
      `is required unless the database is embedded: ${right}. docs/operations.md says how to make one`,
    );
  }

  return {
    port: number('PORT'),
    host: text('HOST') ?? '',
    operationsPort: operationsPortOf(checked, complain),
    keepAliveTimeout: number('KEEP_ALIVE_TIMEOUT'),
    publicUrl: publicUrl ?? `http://localhost:${String(number('PORT'))}`,
    tokenIssuer: publicUrl ?? DEFAULT_ISSUER,
    database: {
      url,
      embedded,
      poolMax: number('DATABASE_POOL_MAX'),
      acquireTimeoutMs: number('DATABASE_ACQUIRE_TIMEOUT_MS'),
      statementTimeoutMs: number('DATABASE_STATEMENT_TIMEOUT_MS'),
      lockTimeoutMs: number('DATABASE_LOCK_TIMEOUT_MS'),
    },
    currency: checked.SHOP_CURRENCY as Currency,
    administrator: administratorOf(checked, env, complain),
    jwtPrivateKey,
    accessTokenTtl: number('ACCESS_TOKEN_TTL'),
    refreshTokenTtl: number('REFRESH_TOKEN_TTL'),
    sessionIdleTtl: number('SESSION_IDLE_TTL'),
    bcryptCost: number('BCRYPT_COST'),
    corsOrigins: checked.CORS_ORIGINS as readonly string[],
    trustProxy: checked.TRUST_PROXY as TrustProxy,
    rateLimits: rateLimitsOf(checked, complain),
    idempotencyQuota: checked.IDEMPOTENCY_QUOTA as number,
    sharedCacheTtl: number('SHARED_CACHE_TTL'),
    mail: mailOf(checked, complain),
    requireVerifiedEmail: checked.REQUIRE_VERIFIED_EMAIL as boolean,
    pendingOrders: { ttl: number('PENDING_ORDER_TTL'), max: number('PENDING_ORDERS_MAX') },
    production: checked.NODE_ENV === 'production',
    demoData: embedded && ((checked.DEMO_DATA as boolean | undefined) ?? checked.NODE_ENV !== 'production'),
    shutdownDelay: (checked.SHUTDOWN_DELAY as number | undefined) ?? null,
    logLevel: text('LOG_LEVEL') ?? 'info',
  };
};
