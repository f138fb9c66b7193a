import type { Logger } from 'pino';
import type { ServiceName } from '../services.js';
import type { Announcement } from './announcement.js';
import { pauseAfter, SOUND_AFTER_MS, type WorkerEnd } from './supervise.js';

/** A process that is a service of the shop. */
export interface ServiceProcess {
  readonly pid: number;
  /** Resolves when it serves; never if it ends before. */
  readonly serving: Promise<Announcement>;
  readonly ended: Promise<WorkerEnd>;
  kill(signal: NodeJS.Signals): void;
}

export type Announcements = ReadonlyMap<ServiceName, Announcement>;

export interface ServicesOptions {
  /**
   * The services in the order of their start: those of one group start together, when those of the groups before it serve. They
   * stop in the opposite order.
   */
  readonly groups: readonly (readonly ServiceName[])[];
  readonly start: (name: ServiceName) => ServiceProcess;
  /** Tells the operator that the shop is open. */
  readonly announce: (announcements: Announcements) => void;
  readonly logger: Logger;
  /** Calls back after so many milliseconds. */
  readonly after: (ms: number, call: () => void) => void;
  /** Returns the milliseconds of a monotonic clock. */
  readonly clock: () => number;
  /** Ends this process when no service is left. */
  readonly exit: (code: number) => void;
}

export interface ServicesSupervisor {
  /** Stops the services, group by group, then exits. */
  readonly stop: (signal: NodeJS.Signals) => void;
  /** Kills all services. */
  readonly kill: () => void;
}

/**
 * Keeps the services of a shop running. One that ends before it has served for the first time can't start, so all are stopped; one
 * that dies is started again.
 */
export const superviseServices = (options: ServicesOptions): ServicesSupervisor => {
  const { groups, start, announce, logger, after, clock, exit } = options;
  const running = new Map<ServiceName, ServiceProcess>();
  const announced = new Map<ServiceName, Announcement>();
  const earlyEnds = new Map<ServiceName, number>();
  let begun = 0;
  let exitCode = 0;
  let passedOn: NodeJS.Signals | undefined;

  const launch = (name: ServiceName): void => {
    if (passedOn !== undefined) return;
    const service = start(name);
    const startedAt = clock();
    running.set(name, service);
    logger.info({ service: name, pid: service.pid }, 'service started');
    void service.serving.then((announcement) => {
      announced.set(name, announcement);
      startNext();
    });
    void service.ended.then(({ code, signal }) => {
      running.delete(name);
      const line = { service: name, pid: service.pid, code, signal };
      if (passedOn !== undefined) {
        logger.info(line, 'service stopped');
        // A service that has just been started does not handle the signal yet, and has nothing to finish.
        if (code !== 0 && signal !== passedOn) exitCode ||= 1;
        return;
      }
      logger.error(line, 'service died');
      if (code !== null && !announced.has(name)) {
        exitCode = code === 0 ? 1 : code; // it has said why it can't start
        stop('SIGTERM');
        return;
      }
      const early = clock() - startedAt < SOUND_AFTER_MS ? (earlyEnds.get(name) ?? 0) + 1 : 0;
      earlyEnds.set(name, early);
      after(pauseAfter(early), () => {
        launch(name);
      });
    });
  };

  /** Starts the next group, or announces the shop, when all services that have been started so far have served. */
  const startNext = (): void => {
    if (
      begun > groups.length ||
      !groups
        .slice(0, begun)
        .flat()
        .every((name) => announced.has(name))
    )
      return;
    const group = groups[begun];
    begun += 1;
    if (group === undefined) announce(announced);
    else for (const name of group) launch(name);
  };

  const stopAll = async (signal: NodeJS.Signals): Promise<void> => {
    for (const group of groups.toReversed()) {
      const services = group.flatMap((name) => running.get(name) ?? []);
      for (const service of services) service.kill(signal);
      await Promise.all(services.map(({ ended }) => ended));
    }
    exit(exitCode);
  };

  const stop = (signal: NodeJS.Signals): void => {
    if (passedOn !== undefined) return;
    passedOn = signal;
    void stopAll(signal);
  };

  startNext();
  return {
    stop,
    kill: () => {
      for (const service of running.values()) service.kill('SIGKILL');
    },
  };
};
