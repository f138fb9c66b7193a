import { perform, type Prepare } from '#src/kernel/command.js';
import type { Transact } from '#src/kernel/transact.js';

/** Makes functions of commands: each call runs the command in a transaction of its own. */
export const performing =
  <Ports>(transact: Transact<Ports>) =>
  <Args extends readonly unknown[], Result>(command: (...args: Args) => ReturnType<Prepare<Ports, Result>>) =>
  (...args: Args): Promise<Result> =>
    perform(transact, () => command(...args));
