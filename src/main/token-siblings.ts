import type { Parts } from './parts.js';

/** Processes that all use the keys beside an embedded database always have the same, however those rotate. */
const KEYS_BESIDE_DATABASE = 'beside the database';

/** How many keys fit into a setting, by the beginning of their thumbprints. */
const [MAX_KEYS, PREFIX] = [15, 16];

/** Whether each of two processes knows the key that the other one signs with. The first key signs. */
const knowEachOther = (one: string, other: string): boolean => {
  const [ours, theirs] = [one.split(' '), other.split(' ')];
  return ours.includes(theirs[0] ?? '') && theirs.includes(ours[0] ?? '');
};

/**
 * Stores how this process issues access tokens, and logs a warning if the process of this shop that was started before it does so in a
 * way that makes the two refuse each other's tokens. No refusal: the other process may have ended, and the change may be meant.
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
      'the process that was started before this one issues access tokens by another name: processes of one shop that run at the same time need the same PUBLIC_URL, or none, or they refuse the tokens of each other',
    );

  const keys = accessTokens.publicKeys();
  const prefixes = keys.slice(0, MAX_KEYS).map(({ kid }) => kid.slice(0, PREFIX));
  const known = jwtPrivateKey === null ? KEYS_BESIDE_DATABASE : prefixes.join(' ');
  const earlier = await persistence.swapSetting('token_keys', known);
  if (earlier !== null && earlier !== known && !knowEachOther(known, earlier))
    logger.warn(
      { keys: known, earlierKeys: earlier },
      'the process that was started before this one signs access tokens with other keys: each process has to know the key with which the others sign (JWT_PRIVATE_KEY), or they refuse the tokens of each other',
    );
};
