import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const find = (name: string, folder: string): string => {
  const file = join(folder, name);
  if (existsSync(file) && existsSync(join(folder, 'package.json'))) return file;
  if (dirname(folder) === folder) throw new Error(`${name} is missing from the package`);
  return find(name, dirname(folder));
};

/** Returns the path of a file of the package, whether this code runs from `src` or from `dist/src`. */
export const packageFile = (name: string): string => find(name, import.meta.dirname);
