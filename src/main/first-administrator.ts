import { randomBytes } from 'node:crypto';
import { isDomainError } from '#src/kernel/errors.js';
import { requireEmailAddress } from '#src/platform/email-address.js';
import { configError } from './config/index.js';
import type { Parts } from './parts.js';

export interface MadeAdministrator {
  readonly email: string;
  /** Only if it was generated here: shown once, and stored only as a hash. */
  readonly password: string | null;
}

const DEFAULT_EMAIL = requireEmailAddress('admin@portico.example');

/** Returns 120 random bits, in characters that survive copying by hand. */
export const randomPassword = (): string => randomBytes(15).toString('base64url');

const isEmailTaken = (error: unknown): boolean => isDomainError(error) && error.code === 'email_taken';

/** `missing`: the shop has no administrator, and the configuration names none. */
export type FirstAdministrator = MadeAdministrator | 'existing' | 'missing';

/** Creates an administrator if the shop has none: the configured one, or on the embedded database one with a random password. */
export const firstAdministrator = async ({
  config: { administrator: configured, generatesAdministrator },
  contexts,
}: Pick<Parts, 'config' | 'contexts'>): Promise<FirstAdministrator> => {
  const { hasAdministrator, ensureAdministrator } = contexts.accounts.operations;
  if (await hasAdministrator()) return 'existing';
  if (configured === null && !generatesAdministrator) return 'missing';
  const { email, password } = configured ?? { email: DEFAULT_EMAIL, password: randomPassword() };
  try {
    const made = await ensureAdministrator({ name: 'Administrator', email, password });
    return made === null
      ? 'existing'
      : { email: made.email, password: configured === null ? password : null };
  } catch (error) {
    if (!isEmailTaken(error)) throw error;
    if (await hasAdministrator()) return 'existing'; // another process that starts at the same moment was faster
    throw configError(
      'ADMIN_EMAIL',
      'belongs to a customer; promote them with: npm run admin -- promote EMAIL',
    );
  }
};
