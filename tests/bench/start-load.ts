// Starts the process that loads a server at a given rate.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LoadOrder, LoadResult, LoadTarget } from './open-loop.js';

export const startLoad = () => {
  const child = fork(join(import.meta.dirname, 'open-loop.ts'), { execArgv: process.execArgv });
  return {
    aim: (target: LoadTarget): void => {
      child.send(target);
    },
    run: async (order: LoadOrder): Promise<LoadResult> => {
      child.send(order);
      const [{ result, error }] = (await once(child, 'message')) as [
        { readonly result: LoadResult; readonly error?: string },
      ];
      if (error !== undefined) throw new Error(error);
      return result;
    },
    end: (): void => {
      child.disconnect();
    },
  };
};
