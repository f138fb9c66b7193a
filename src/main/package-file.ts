import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const find = (name: string, folder: string): string => {
  const file = join(folder, name);
  if (existsSync(file) && existsSync(join(folder, 'package.json'))) return file;
  if (dirname(folder) === folder) throw new Error(`${name} is missing from the package`);
  return find(name, dirname(folder));
};

/** A file of the package, from wherever in it this code runs: `src`, or `dist/src` once it is built. */
export const packageFile = (name: string): string => find(name, import.meta.dirname);
