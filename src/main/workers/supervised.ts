import { fork } from 'node:child_process';
import type { FromWorker } from './messages.js';
import type { ServiceProcess } from './supervise-services.js';

/** Argument of a process that another one has started as a service: it announces itself there, and ends when that one does. */
const SUPERVISED = '--supervised';

/** Returns whether this process is a service that another process of this machine has started. */
export const isSupervised = (): boolean => process.argv.includes(SUPERVISED);

/** Calls back when the process that has started this one has ended, however it did. */
export const onOrphaned = (call: () => void): void => {
  if (process.connected) process.once('disconnect', call);
  else call();
};

/**
 * Starts a program as a service. It has a process group of its own, so that a terminal signals the caller only, which stops the
 * services in order.
 */
export const forkService = (program: string, env: NodeJS.ProcessEnv): ServiceProcess => {
  const child = fork(program, [SUPERVISED], {
    env,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return {
    pid: child.pid ?? 0,
    serving: new Promise((resolve) => {
      child.on('message', (message: FromWorker) => {
        if (message.kind === 'serving') resolve(message.announcement);
      });
    }),
    ended: new Promise((resolve) => {
      child.once('exit', (code: number | null, signal: string | null) => {
        resolve({ code, signal });
      });
      child.on('error', () => {
        if (child.pid === undefined) resolve({ code: 1, signal: null }); // it could not be started
      });
    }),
    kill: (signal) => {
      child.kill(signal);
    },
  };
};
