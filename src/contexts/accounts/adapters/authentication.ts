import type { Logger } from 'pino';
import type { Authenticate } from '#src/platform/http/pipeline/access.js';
import { authenticate } from '../application/authenticate.js';
import { authenticateKey, notingUses } from '../application/authenticate-key.js';
import { isApiKey } from './api-key-form.js';
import { apiKeySecrets } from './crypto/api-key-secrets.js';

type Deps = Parameters<typeof authenticate>[0] &
  Pick<Parameters<typeof authenticateKey>[0], 'apiKeys'> &
  Pick<Parameters<typeof notingUses>[0], 'transact'> & { readonly logger: Logger };

/** Returns how the process with the accounts authenticates: API keys, which their form tells apart, and access tokens. */
export const authentication = ({
  sessions,
  apiKeys,
  accessTokens,
  transact,
  logger,
  now,
}: Deps): Authenticate => {
  const failed = (err: unknown): void => {
    logger.warn({ err }, 'the use of an API key could not be stored');
  };
  const byKey = authenticateKey({ apiKeys, apiKeySecrets, noteUse: notingUses({ transact, failed }), now });
  const byToken = authenticate({ sessions, accessTokens, now });
  return (credential) => (isApiKey(credential) ? byKey(credential) : byToken(credential));
};
