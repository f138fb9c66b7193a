import type { Transact, Work } from './transact.js';

// Work that ends neither in a result nor in an error returns one of these.

const REFUSAL = Symbol('refused after the commit');

/** Commits what the work has stored, such as a failed log-in, and then fails with the error. */
export interface Refusal {
  readonly [REFUSAL]: Error;
}

export const refuseAfterCommit = (error: Error): Refusal => ({ [REFUSAL]: error });

/** Returned when something prepared outside the transaction, such as a checked hash, is out of date: the command starts again. */
export const PREPARE_AGAIN: unique symbol = Symbol('prepare again');

export type Unfinished = Refusal | typeof PREPARE_AGAIN;

/** Prepares a command. The closure of the returned work holds what was prepared before the transaction, however slowly. */
export type Prepare<Ports, Result> = () =>
  Work<Ports, Result | Unfinished> | Promise<Work<Ports, Result | Unfinished>>;

const isRefusal = (result: unknown): result is Refusal =>
  typeof result === 'object' && result !== null && REFUSAL in result;

export const isDone = <Result>(result: Result | Unfinished): result is Result =>
  result !== PREPARE_AGAIN && !isRefusal(result);

/** Runs a command, its work in one transaction; prepares and runs it again each time the work returns `PREPARE_AGAIN`. */
export const perform = async <Ports, Result>(
  transact: Transact<Ports>,
  prepare: Prepare<Ports, Result>,
): Promise<Result> => {
  for (;;) {
    const result = await transact(await prepare());
    if (isRefusal(result)) throw result[REFUSAL];
    if (isDone(result)) return result;
  }
};
