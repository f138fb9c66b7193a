import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generateSigningKey } from '../contexts/accounts/adapters/jwt/signing-keys.js';
import { parseDatabaseUrl } from '../platform/database/database-url.js';
import type { Config } from './config.js';

/** Where an embedded database keeps the key of its access tokens: in its own folder. */
export const keyFileOf = (databaseUrl: string): string => {
  const location = parseDatabaseUrl(databaseUrl);
  if (location.kind !== 'sqlite') throw new Error('only an embedded database has a folder');
  return join(dirname(location.file), 'signing-key.pem');
};

const isErrno = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

const readKey = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
};

/** Puts the key there whole or not at all; of two processes that start at once, one makes it. */
const keepKey = (file: string, pem: string): void => {
  const draft = `${file}.${String(process.pid)}`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(draft, pem, { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft);
  }
};

/** The PEMs of the keys that sign and verify access tokens: configured, or made once beside the embedded database. */
export const signingKeys = ({
  jwtPrivateKey,
  database,
}: Pick<Config, 'jwtPrivateKey' | 'database'>): string => {
  if (jwtPrivateKey !== null) return jwtPrivateKey;
  const file = keyFileOf(database.url);
  const kept = readKey(file);
  if (kept !== null) return kept;
  keepKey(file, generateSigningKey());
  return readFileSync(file, 'utf8');
};
