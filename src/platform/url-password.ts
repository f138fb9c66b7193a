/**
 * Whether a URL of a server has a `/`, `?` or `#` in its password that is not escaped. It ends the authority there, so that a
 * piece of the password would be taken for the host, and would be shown when the host can't be found.
 */
export const hasUnescapedPassword = (url: string): boolean =>
  /[@#]/.test(url.replace(/^[a-z]+:\/\/[^/?#]*/, ''));
