import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { closeToOthers, requireClosedFolder, storePrivately } from '#src/platform/private-files.js';
import type { ServiceConfig } from './config/index.js';

const FILE = 'services-secret';
const BYTES = 32;
const HEXADECIMAL = new RegExp(`^[0-9a-f]{${String(2 * BYTES)}}$`);

/** Returns the content of a file; null if there is none. */
const contentOf = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
};

/** Returns the secret in the folder. The first of the services that start creates it. */
const generatedIn = (folder: string, logger: Logger): string => {
  const file = join(folder, FILE);
  requireClosedFolder(folder, 'DATA_DIR');
  if (contentOf(file) === null) storePrivately(file, `${randomBytes(BYTES).toString('hex')}\n`, 'DATA_DIR');
  closeToOthers([file], logger);
  // Read in any case: another service may have been faster.
  const secret = (contentOf(file) ?? '').trim();
  if (!HEXADECIMAL.test(secret))
    throw new Error(`${file} contains no secret: stop all services, remove the file and start them again`);
  return secret;
};

/**
 * Returns the secret by which the services of a shop recognise each other: the configured one, or the one that those of this
 * machine share in a file of DATA_DIR.
 */
export const serviceSecret = (
  { secret, dataDir }: Pick<ServiceConfig, 'secret' | 'dataDir'>,
  logger: Logger,
): KeyObject => createSecretKey(Buffer.from(secret ?? generatedIn(dataDir, logger)));
