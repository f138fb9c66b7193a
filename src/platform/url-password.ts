/**
 * Returns whether the password in a server's URL contains an unescaped `/`, `?` or `#`. Such a character ends the authority, so
 * that a part of the password would be taken for the host, and shown when the host can't be found.
 */
export const hasUnescapedPassword = (url: string): boolean =>
  /[@#]/.test(url.replace(/^[a-z]+:\/\/[^/?#]*/, ''));
