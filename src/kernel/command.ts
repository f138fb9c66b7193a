import type { Transact, Work } from './transact.js';

// Work that ends otherwise than in a result or an error says so by what it returns.

const REFUSAL = Symbol('refused after the commit');

/** Commits what the work has stored, such as a failed log-in, and then fails with the error. */
export interface Refusal {
  readonly [REFUSAL]: Error;
}

export const refuseAfterCommit = (error: Error): Refusal => ({ [REFUSAL]: error });

/** What was prepared outside of the transaction is out of date, such as a hash that was checked: the command begins anew. */
export const PREPARE_AGAIN: unique symbol = Symbol('prepare again');

export type Unfinished = Refusal | typeof PREPARE_AGAIN;

/** What a command prepares before its transaction, however slowly, is in the closure of its work. */
export type Prepare<Ports, Result> = () =>
  Work<Ports, Result | Unfinished> | Promise<Work<Ports, Result | Unfinished>>;

const isRefusal = (result: unknown): result is Refusal =>
  typeof result === 'object' && result !== null && REFUSAL in result;

export const isDone = <Result>(result: Result | Unfinished): result is Result =>
  result !== PREPARE_AGAIN && !isRefusal(result);

/** Runs a command, its work in one transaction; again from the start as often as it has to be prepared again. */
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
