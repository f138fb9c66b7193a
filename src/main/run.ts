import { constants } from 'node:os';
import { format } from 'node:util';
import { config as readEnvFile } from 'dotenv';
import { isDomainError } from '#src/kernel/errors.js';
import { asOutage } from '#src/platform/database/database-errors.js';
import { logSettled } from '#src/platform/logger.js';
import { writePrivately } from '#src/platform/private-files.js';
import { API_INFO } from './api-info.js';
import { misspeltVariables, readConfig, VARIABLES } from './config/index.js';
import { dataLocation } from './data-location.js';
import { BACKEND_NAMES } from './services.js';
import { createShop, type Prepared, type ShopCloseOptions } from './shop.js';
import { shutdownDelay, stopSignals } from './stopping.js';
import { announcementText, type Announcement } from './workers/announcement.js';
import { isSupervised, onOrphaned } from './workers/supervised.js';
import { announceServing, isWorker, onRetire } from './workers/worker.js';

const say = (announcement: Announcement): void => void process.stdout.write(announcementText(announcement));

const howToLogIn = ({ administrator }: Prepared): string => {
  if (administrator === 'existing') return 'as before (forgotten? npm run admin -- reset-password EMAIL)';
  if (administrator === 'elsewhere') return 'see the user service';
  if (administrator === 'missing') return 'none yet: create one with npm run admin -- create EMAIL';
  const { email, password } = administrator;
  return password === null
    ? `${email}, with ADMIN_PASSWORD`
    : `${email}, password ${password}   (generated just now and not shown again)`;
};

/** Whether a signal is stopping this process. Its start may then fail because database and ports are closed, which is no problem to report. */
let isStopping = false;

const start = async (): Promise<void> => {
  writePrivately();
  readEnvFile({ quiet: true });
  const config = readConfig(process.env);
  const shop = createShop(config);
  const logger = shop.parts.logger;
  for (const [variable, meant] of misspeltVariables(process.env))
    logger.warn({ variable, meant }, `unknown variable ${variable}: did you mean ${meant}?`);
  // Sequelize reports a failed COMMIT on the console only, and the log must consist of JSON lines.
  console.warn = (...words: unknown[]) => {
    logger.warn(format(...words));
  };

  if (config.contexts.includes('accounts') && shop.parts.mailer === null)
    logger.warn('SMTP_URL is not set: no mails are sent, not even for password resets');

  logger.info(
    { version: API_INFO.version, node: process.version, database: dataLocation(config) },
    'starting',
  );

  const close = (options: ShopCloseOptions): void =>
    void shop
      .close(options)
      .then(
        () => {
          logger.info('stopped');
        },
        (err: unknown) => {
          process.exitCode = 1;
          logger.error({ err }, 'could not shut down cleanly');
        },
      )
      .then(logSettled)
      .then(() => process.exit());

  const inWorker = isWorker(config);
  const stop = stopSignals({
    // A terminal and systemd signal a worker too, and the primary process passes its own signal on.
    hearsTwice: inWorker || process.env['npm_lifecycle_event'] !== undefined,
    begin: (signal) => {
      isStopping = true;
      const seconds = shutdownDelay(config, process.stdout.isTTY);
      logger.info({ signal, shutdownDelay: seconds }, 'draining');
      close({ delayMs: seconds * 1000 });
    },
    insist: (signal) => {
      logger.warn({ signal }, 'exiting at once');
      process.exit(128 + constants.signals[signal]);
    },
  });
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (isSupervised() && !inWorker)
    onOrphaned(() => {
      stop('SIGTERM');
    });
  if (inWorker) {
    process.on('SIGHUP', () => undefined); // for the primary process
    onRetire(() => {
      logger.info('retiring: another worker has taken the place of this one');
      close({ replaced: true });
    });
  }

  const server = await shop.listen();
  logger.info({ url: server.url, operationsUrl: server.operationsUrl }, 'listening, not yet serving');
  const prepared = await shop.prepare();
  const isNew = prepared.isNewDatabase && config.database.url !== 'memory:';
  if (isNew) logger.info({ database: dataLocation(config) }, 'a new database was created');
  logger.info('serving');
  const { port } = new URL(server.url);
  const service = config.service?.name ?? null;
  const isPublic = service === null || service === 'gateway';
  const announce = inWorker || isSupervised() ? announceServing : say;
  announce({
    service,
    url: isPublic && config.port !== 0 ? config.publicUrl : `http://localhost:${port}`,
    logIn: config.contexts.includes('accounts') ? howToLogIn(prepared) : null,
    data: service === 'gateway' ? null : `${dataLocation(config)}${isNew ? ', a new database' : ''}`,
    operationsUrl: server.operationsUrl,
  });
};

/** Returns the variables that choose the ports of this process. */
const portVariables = (): string => {
  const service = BACKEND_NAMES.find((name) => name === process.env['SERVICE']);
  return service !== undefined && isSupervised() ? `${service.toUpperCase()}_URL` : 'PORT or OPERATIONS_PORT';
};

/** Returns what the operator can do about a port that cannot be opened; null for any other problem. */
const portProblem = (error: unknown): string | null => {
  const { code, syscall, port } = error as NodeJS.ErrnoException & { readonly port?: number };
  const elsewhere = `choose another port with ${portVariables()}`;
  if (syscall === 'listen' && code === 'EADDRINUSE')
    return `port ${String(port)} is in use by another program: stop that program, or ${elsewhere}`;
  if (syscall === 'listen' && code === 'EACCES')
    return `port ${String(port)} cannot be opened by this user: ${elsewhere}`;
  if (code === 'EADDRNOTAVAIL' || syscall === 'getaddrinfo') return `HOST must be ${VARIABLES.HOST.right}`;
  return null;
};

/** Returns one line for each problem, without a stack, since the operator can fix it. */
const complaint = (error: unknown): string => {
  if (isDomainError(error))
    return error.cause instanceof Error ? `${error.message} ${error.cause.message}` : error.message;
  const text = error instanceof Error ? error.message : String(error);
  if (asOutage(error) === null) return portProblem(error) ?? text;
  return `DATABASE_URL names a database that cannot be opened: ${text}`;
};

start().catch(async (error: unknown) => {
  if (isStopping) return;
  await logSettled();
  for (const line of complaint(error).split('\n')) process.stderr.write(`portico: ${line}\n`);
  process.exit(1);
});
