// The program that runs the shop as services: one process for each, on this machine. It serves no request itself.
import { resolve } from 'node:path';
import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { config as readEnvFile } from 'dotenv';
import { createLogger, levelOf, logSettled } from '#src/platform/logger.js';
import { writePrivately } from '#src/platform/private-files.js';
import {
  BACKEND_NAMES,
  DATA_DIR,
  defaultUrlOf,
  isOnThisMachine,
  type BackendName,
  type ServiceName,
} from './services.js';
import { stopSignals } from './stopping.js';
import { announcementText } from './workers/announcement.js';
import { superviseServices, type Announcements } from './workers/supervise-services.js';
import { forkService } from './workers/supervised.js';

const SERVER = fileURLToPath(new URL('./server.js', import.meta.url));

/** The user service first, which says what is wrong with variables that all services have; the gateway last, so that it is open when all are. */
const GROUPS: readonly (readonly ServiceName[])[] = [
  ['user'],
  BACKEND_NAMES.filter((name) => name !== 'user'),
  ['gateway'],
];

type Variables = Readonly<Record<string, string | undefined>>;

/** Returns a variable's value, or the default if it is unset or empty. */
const valueOf = (variables: Variables, name: string, byDefault = ''): string => {
  const given = variables[name] ?? '';
  return given === '' ? byDefault : given;
};

const endWith = (problem: string): never => {
  process.stderr.write(`portico: ${problem}\n`);
  process.exit(1);
};

/** Variables that can't be those of all services. */
const requireNone = (variables: Variables): void => {
  for (const [name, why] of [
    ['SERVICE', 'this starts all services'],
    ['DATABASE_URL', 'each service has a database of its own; DATA_DIR is their folder'],
  ] as const)
    if (valueOf(variables, name) !== '') endWith(`${name} must be unset: ${why}`);
};

/** Returns the URL at which the other services reach this one, which is also where it listens. */
const urlOf = (name: BackendName, variables: Variables): URL => {
  const variable = `${name.toUpperCase()}_URL`;
  const text = valueOf(variables, variable, defaultUrlOf(name));
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'http:' || !isOnThisMachine(text))
    return endWith(`${variable} must be an http URL of this machine, such as ${defaultUrlOf(name)}`);
  return url;
};

const environmentOf = (name: ServiceName, variables: Variables): NodeJS.ProcessEnv => {
  if (name === 'gateway') return { ...process.env, SERVICE: name };
  const { hostname, port } = urlOf(name, variables);
  return {
    ...process.env,
    SERVICE: name,
    HOST: hostname.replace(/^\[|\]$/g, ''),
    PORT: port === '' ? '80' : port,
    OPERATIONS_PORT: '', // the gateway has it
    SHUTDOWN_DELAY: '0', // the gateway has stopped before, and there is no other client
  };
};

const message = (announcements: Announcements, variables: Variables): string => {
  const gateway = announcements.get('gateway');
  const user = announcements.get('user');
  if (gateway === undefined || user === undefined) throw new Error('the shop is not open');
  const urls = BACKEND_NAMES.map((name) => `${name} ${announcements.get(name)?.url ?? ''}`);
  return announcementText(
    {
      ...gateway,
      logIn: user.logIn,
      data: `${resolve(valueOf(variables, 'DATA_DIR', DATA_DIR))}, a database for each service`,
    },
    [['Services', urls.join(', ')]],
  );
};

writePrivately();
/** A file `.env` is read without changing the environment: each service reads it itself, also when it is started again. */
const fromFile: Record<string, string> = {};
readEnvFile({ quiet: true, processEnv: fromFile });
const variables: Variables = { ...fromFile, ...process.env };
requireNone(variables);
const environments = new Map(GROUPS.flat().map((name) => [name, environmentOf(name, variables)] as const));

const supervisor = superviseServices({
  groups: GROUPS,
  start: (name) => forkService(SERVER, environments.get(name) ?? {}),
  announce: (announcements) => void process.stdout.write(message(announcements, variables)),
  logger: createLogger(levelOf(variables['LOG_LEVEL'])),
  after: (ms, call) => void setTimeout(call, ms),
  clock: () => performance.now(),
  exit: (code) => void logSettled().then(() => process.exit(code)),
});

const stop = stopSignals({
  hearsTwice: process.env['npm_lifecycle_event'] !== undefined,
  begin: supervisor.stop,
  insist: (signal) => {
    supervisor.kill();
    process.exit(128 + constants.signals[signal]);
  },
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
