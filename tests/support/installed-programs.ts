import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian puts servers where an ordinary user's PATH does not lead. */
const FOLDERS = [
  ...(process.env['PATH'] ?? '').split(delimiter),
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/local/bin',
];

/** The path of an installed program, looked for on the PATH and then in `elsewhere`. */
export const findProgram = (program: string, elsewhere: readonly string[] = []): string | undefined =>
  [...FOLDERS, ...elsewhere].map((folder) => join(folder, program)).find((path) => existsSync(path));
