/** A server that relays mail, and how to connect to it. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  readonly user: { readonly name: string; readonly password: string } | null;
  /**
   * `implicit`: encrypted from the first byte. `required`: STARTTLS, or no connection. `offered`: STARTTLS if the server offers
   * it. `never`: unencrypted.
   */
  readonly tls: 'implicit' | 'required' | 'offered' | 'never';
}

const MODES = ['required', 'offered', 'never'] as const;

/** Reads `smtp://user:password@host:port?tls=required` or `smtps://…`; throws if it is invalid, without repeating it. */
export const parseSmtpUrl = (text: string): SmtpServer => {
  const url = new URL(text);
  const implicit = url.protocol === 'smtps:';
  const [name, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  const user = name === '' ? null : { name, password };
  const options = [...url.searchParams.keys()];
  const given = url.searchParams.get('tls');
  const mode = given === null ? undefined : MODES.find((each) => each === given);
  if (
    !(implicit || url.protocol === 'smtp:') ||
    url.hostname === '' ||
    (user === null && password !== '') ||
    !['', '/'].includes(url.pathname) ||
    url.hash !== '' ||
    options.some((option) => option !== 'tls') ||
    options.length > 1 ||
    (given !== null && (implicit || mode === undefined)) ||
    (user !== null && mode !== undefined && mode !== 'required') // otherwise an eavesdropper reads the password
  )
    throw new Error('not the URL of a mail server');
  const port = url.port === '' ? (implicit ? 465 : 587) : Number(url.port);
  const tls = implicit ? 'implicit' : (mode ?? (user === null ? 'offered' : 'required'));
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port, user, tls };
};
