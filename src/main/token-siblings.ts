import type { Parts } from './parts.js';

/** Value for processes that use the keys next to an embedded database: they always have the same keys. */
const KEYS_BESIDE_DATABASE = 'beside the database';

/** Maximum number of keys that fit into a setting, each by the beginning of its thumbprint. */
const [MAX_KEYS, PREFIX] = [15, 16];

/** Returns whether each of two processes knows the key that the other one signs with. The first key signs. */
const knowEachOther = (one: string, other: string): boolean => {
  const [ours, theirs] = [one.split(' '), other.split(' ')];
  return ours.includes(theirs[0] ?? '') && theirs.includes(ours[0] ?? '');
};

/**
 * Stores how this process issues access tokens. Logs a warning if it and the shop's process that was started before it would
 * refuse each other's tokens. It does not fail: the other process may have ended, and the change may be intended.
 */
export const compareTokens = async ({
  config: { tokenIssuer, jwtPrivateKey },
  persistence,
  accessTokens,
  logger,
}: Pick<Parts, 'config' | 'persistence' | 'accessTokens' | 'logger'>): Promise<void> => {
  const earlierIssuer = await persistence.swapSetting('token_issuer', tokenIssuer);
  if (earlierIssuer !== null && earlierIssuer !== tokenIssuer)
    logger.warn(
      { issuer: tokenIssuer, earlierIssuer },
      'the process started before this one issues access tokens under another issuer: all processes of a shop need ' +
        'the same PUBLIC_URL, or none; otherwise they refuse the tokens of each other',
    );

  const keys = accessTokens.publicKeys();
  const prefixes = keys.slice(0, MAX_KEYS).map(({ kid }) => kid.slice(0, PREFIX));
  const known = jwtPrivateKey === null ? KEYS_BESIDE_DATABASE : prefixes.join(' ');
  const earlier = await persistence.swapSetting('token_keys', known);
  if (earlier !== null && earlier !== known && !knowEachOther(known, earlier))
    logger.warn(
      { keys: known, earlierKeys: earlier },
      'the process started before this one signs access tokens with another key: each process needs the signing ' +
        'keys of the others in JWT_PRIVATE_KEY; otherwise they refuse the tokens of each other',
    );
};
