import { resolve } from 'node:path';
import type { Sequelize } from 'sequelize';
import { failDatabase } from './database-errors.js';

/** Runs pieces of work one after another, first come, first served. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

/** A piece of work that has waited for `timeoutMs` is refused as `busy`. */
const makeTurns = (): ((timeoutMs: number) => Turns) => {
  const waiting: (() => void)[] = [];
  let taken = false;

  const turn = (timeoutMs: number): Promise<void> => {
    if (!taken) {
      taken = true;
      return Promise.resolve();
    }
    return new Promise((go, giveUp) => {
      const called = (): void => {
        clearTimeout(timer);
        go();
      };
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(called), 1);
        giveUp(failDatabase('busy'));
      }, timeoutMs);
      waiting.push(called);
    });
  };

  const pass = (): void => {
    const next = waiting.shift();
    if (next === undefined) taken = false;
    else next();
  };

  return (timeoutMs) => async (work) => {
    await turn(timeoutMs);
    try {
      return await work();
    } finally {
      pass();
    }
  };
};

const turnsOfFile = new Map<string, ReturnType<typeof makeTurns>>();
const atOnce: Turns = (work) => work();

/**
 * Turns to write on an embedded database file, shared by all that this process has open on it: SQLite has one writer, and
 * waiting in a line wakes the next at once, which polling for the lock would not. A server needs no turns.
 */
export const writerTurns = ({ options }: Sequelize): Turns => {
  if (options.storage === undefined) return atOnce;
  const file = resolve(options.storage);
  const turns = turnsOfFile.get(file) ?? makeTurns();
  turnsOfFile.set(file, turns);
  return turns(options.pool?.acquire ?? 5_000);
};
