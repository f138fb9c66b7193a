import { execFile } from 'node:child_process';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface SmallDisk {
  readonly folder: string;
  unmount(): Promise<void>;
}

/** A file system of so many bytes, in memory; null where this user may not mount any. */
export const mountSmallDisk = async (size: number): Promise<SmallDisk | null> => {
  const folder = await mkdtemp(join(tmpdir(), 'portico-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${String(size)},mode=0700`, 'tmpfs', folder]);
  } catch {
    await rmdir(folder);
    return null;
  }
  return {
    folder,
    unmount: async () => {
      // Lazily: libsql lets go of a file only when its last statement has been collected.
      await run('umount', ['--lazy', folder]);
      await rmdir(folder);
    },
  };
};
