import type { Config } from './config/index.js';
import { mergeServices, reopen, splitShop } from './move/move-shop.js';

const timed = async (move: Promise<number>): Promise<string> => {
  const startedAt = performance.now();
  const rows = await move;
  return `${String(rows)} rows are moved, in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
};

const requireNoService = ({ service }: Config): void => {
  if (service !== null)
    throw new Error('SERVICE must be unset: the command needs the databases of all services');
};

const COMMANDS: Readonly<Record<string, (config: Config) => Promise<string>>> = {
  split: async (config) => {
    requireNoService(config);
    const moved = await timed(splitShop(config, process.env));
    return `${moved}: start the shop as services now; it does not start on DATABASE_URL any more`;
  },
  merge: async (config) => {
    requireNoService(config);
    const moved = await timed(mergeServices(config, process.env));
    return `${moved}: start the shop as one process now; the services do not start any more`;
  },
  reopen: async (config) =>
    (await reopen(config))
      ? 'the shop starts on this database again, without what has happened in the others since'
      : 'the shop starts on this database again',
};

/** Returns the command about services that these arguments name, or null. */
export const servicesCommand = (typed: readonly string[]): ((config: Config) => Promise<string>) | null => {
  const [word, name = ''] = typed;
  if (word !== 'services' || typed.length !== 2 || !Object.hasOwn(COMMANDS, name)) return null;
  return COMMANDS[name] ?? null;
};
