import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A mail as a server has taken it. */
export interface ReceivedMail {
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** The server's reply instead of accepting a mail, as in `550 5.1.1 nobody here`. */
export type Refusal = `${number} ${string}`;

export interface MailServer {
  readonly url: string;
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** Replies to recipients with this from now on; null: it accepts mail again. */
  refuse(refusal: Refusal | null): void;
  close(): Promise<void>;
}

export interface MailServerOptions extends SMTPServerOptions {
  /** Any that is free unless told. */
  readonly port?: number;
}

const decodings: Readonly<Record<string, (body: string) => string>> = {
  base64: (body) => Buffer.from(body, 'base64').toString('utf8'),
  'quoted-printable': (body) => {
    const bytes = body
      .replaceAll('=\r\n', '')
      .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    return Buffer.from(bytes, 'latin1').toString('utf8');
  },
};

/** RFC 5322, as far as mails of one plain part go. */
const parse = (raw: string): Pick<ReceivedMail, 'headers' | 'text'> => {
  const end = raw.indexOf('\r\n\r\n');
  const lines = raw
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  const decode = decodings[headers['content-transfer-encoding'] ?? ''] ?? ((body: string) => body);
  return { headers, text: decode(raw.slice(end + 4)).replaceAll('\r\n', '\n') };
};

const errorOf = (refusal: Refusal): Error =>
  Object.assign(new Error(refusal.slice(4)), { responseCode: Number(refusal.slice(0, 3)) });

/** Starts a real mail server on loopback, which accepts mail for all addresses and no log-in unless `options` say so. */
export const startMailServer = async ({
  port = 0,
  ...options
}: MailServerOptions = {}): Promise<MailServer> => {
  const mails: ReceivedMail[] = [];
  let refusal: Refusal | null = null;
  const server = new SMTPServer({
    ...{ disableReverseLookup: true, authOptional: true, hideSTARTTLS: true, closeTimeout: 1 },
    ...options,
    onRcptTo: (_address, _session, callback) => {
      callback(refusal === null ? null : errorOf(refusal));
    },
    onData: (stream, { envelope }, callback) => {
      void buffer(stream).then((raw) => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        mails.push({ envelope: { from, to }, ...parse(raw.toString('utf8')) });
        callback();
      });
    },
  });
  server.on('error', () => undefined); // a client that hangs up is told of here
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  const { port: taken } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${taken}`,
    port: taken,
    mails,
    refuse: (next) => (refusal = next),
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
};
