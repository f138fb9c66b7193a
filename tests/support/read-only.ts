import { execFile } from 'node:child_process';
import { chmod, stat } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Makes a file or folder read-only and returns how to undo that; null where this user can't. Rights don't bind root, but a
 * file system that is mounted read-only does.
 */
export const makeReadOnly = async (path: string): Promise<(() => Promise<unknown>) | null> => {
  if (process.getuid?.() !== 0) {
    const { mode } = await stat(path);
    await chmod(path, mode & 0o555);
    return () => chmod(path, mode);
  }
  try {
    await run('mount', ['--bind', path, path]);
  } catch {
    return null;
  }
  await run('mount', ['-o', 'remount,bind,ro', path]);
  return () => run('umount', ['--lazy', path]);
};
