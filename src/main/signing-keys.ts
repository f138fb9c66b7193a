import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  generateSigningKey,
  parseSigningKeys,
  type KeyRing,
  type SigningKeys,
} from '#src/contexts/accounts/module.js';
import { parseDatabaseUrl } from '#src/platform/database/database-url.js';
import { requireClosedFolder, storePrivately } from '#src/platform/private-files.js';
import type { Config } from './config/index.js';

/** The first key. A rotation names its key by the time in UTC: `signing-key-20260501T120000000Z.pem`. */
const FIRST = 'signing-key.pem';
const ROTATED = /^signing-key-(?<time>\d{8}T\d{9}Z)\.pem$/;

/** Returns the folder where an embedded database stores the keys of its access tokens: its own. */
export const keyFolderOf = (databaseUrl: string): string => {
  const location = parseDatabaseUrl(databaseUrl);
  if (location.kind !== 'sqlite') throw new Error('only an embedded database has a folder');
  return dirname(location.file);
};

const isErrno = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** Returns the names of the key files, the newest first. */
const keyFiles = (folder: string): readonly string[] => {
  try {
    const names = readdirSync(folder);
    const rotated = names.filter((name) => ROTATED.test(name)).sort();
    return [...(names.includes(FIRST) ? [FIRST] : []), ...rotated].reverse();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
};

/** Returns the paths of the key files in a folder. */
export const keyFilesIn = (folder: string): readonly string[] =>
  keyFiles(folder).map((name) => join(folder, name));

/** Returns the keys of a folder, of which the newest signs; each call reads the folder again. */
const keysIn = (folder: string): KeyRing => {
  if (keyFiles(folder).length === 0) storePrivately(join(folder, FIRST), generateSigningKey());
  let seen = '';
  let keys: SigningKeys | undefined;
  const look = (): SigningKeys => {
    const names = keyFiles(folder);
    if (keys !== undefined && (names.length === 0 || names.join() === seen)) return keys;
    try {
      keys = parseSigningKeys(names.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n'));
    } catch (error) {
      if (names.length > 0 && isErrno(error, 'ENOENT')) return look(); // removed after they were listed
      throw error;
    }
    seen = names.join();
    return keys;
  };
  return look;
};

/**
 * Returns the keys that sign and verify access tokens: configured ones, one that was generated next to the embedded database, or
 * one in memory.
 */
export const signingKeys = ({
  jwtPrivateKey,
  database,
}: Pick<Config, 'jwtPrivateKey' | 'database'>): KeyRing => {
  if (jwtPrivateKey === null && database.url !== 'memory:') return keysIn(keyFolderOf(database.url));
  const keys = parseSigningKeys(jwtPrivateKey ?? generateSigningKey());
  return () => keys;
};

/** Returns the single PEMs of a configured value. */
export const pemsIn = (pems: string): readonly string[] =>
  pems.replaceAll('\\n', '\n').match(/-----BEGIN [^-]+-----[^-]*-----END [^-]+-----/g) ?? [];

const timeIn = (name: string): number => {
  const time = ROTATED.exec(name)?.groups?.['time'] ?? '';
  return Date.parse(time.replace(/^(....)(..)(..T..)(..)(..)(...)Z$/, '$1-$2-$3:$4:$5.$6Z'));
};

export interface Rotation {
  readonly made: string;
  /** The files of keys whose tokens have all expired. */
  readonly removed: readonly string[];
}

/** Adds a key that signs from now on. Removes the keys that were superseded at least `lifetime` seconds ago. */
export const rotateKeyFiles = (folder: string, lifetime: number, now: Date): Rotation => {
  requireClosedFolder(folder);
  const before = keyFiles(folder);
  const made = `signing-key-${now.toISOString().replace(/[-:.]/g, '')}.pem`;
  const [newest] = before;
  if (newest !== undefined && newest !== FIRST && made <= newest)
    throw new Error(`${newest} is dated in the future: check the clock of this machine`);
  storePrivately(join(folder, made), generateSigningKey());
  // Each key is superseded by the one before it in this order, whose name contains the time.
  const removed = before.filter((_, at) => {
    const by = before[at - 1];
    return by !== undefined && timeIn(by) + lifetime * 1000 < now.getTime();
  });
  for (const name of removed) rmSync(join(folder, name));
  return { made, removed };
};
