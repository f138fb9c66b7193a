import type * as mailing from 'nodemailer';
import { onDemand } from '../lazily.js';
import type { Mailer } from './mailer.js';
import type { SmtpServer } from './smtp-url.js';

const nodemailer = onDemand<typeof mailing>('nodemailer');

export interface SmtpMailerOptions {
  readonly server: SmtpServer;
  readonly from: { readonly name: string; readonly address: string };
  /** How long the server may take for any step, in milliseconds. */
  readonly idleTimeoutMs?: number;
  /** How long an unreachable server is not contacted, in milliseconds. */
  readonly restMs?: number;
  /** Returns the milliseconds of a monotonic clock. */
  readonly clock?: () => number;
}

/** The parts of nodemailer's errors that are used here. */
interface SmtpFailure {
  readonly message: string;
  readonly code?: unknown;
  readonly command?: unknown;
  readonly response?: unknown;
  readonly responseCode?: unknown;
}

/** Returns the codes of the server's reply, `550 5.1.1`: its text may repeat the address. Null without a reply. */
const figures = ({ response }: SmtpFailure): string | null =>
  typeof response === 'string' ? (/^\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3})?/.exec(response)?.[0] ?? null) : null;

/**
 * Sends by SMTP, over a connection for each mail. While an unreachable server is not contacted, sending fails at once: deliveries
 * that wait for it would delay others.
 */
export const smtpMailer = ({
  server: { host, port, user, tls },
  from,
  idleTimeoutMs: silenceMs = 5_000,
  restMs = 10_000,
  clock = () => performance.now(),
}: SmtpMailerOptions): Mailer => {
  const transport = nodemailer().createTransport({
    ...{ host, port, secure: tls === 'implicit', requireTLS: tls === 'required', ignoreTLS: tls === 'never' },
    ...(user !== null && { auth: { user: user.name, pass: user.password } }),
    ...{ connectionTimeout: silenceMs, greetingTimeout: silenceMs, socketTimeout: silenceMs },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  let restsUntil = Number.NEGATIVE_INFINITY;

  /** Makes the error without the failure as its cause, which repeats the address. */
  const failed = (failure: SmtpFailure): 'refused' => {
    const { code, command } = failure;
    if (code === 'EENVELOPE' && command === 'API') return 'refused'; // an address that SMTP cannot express
    const answered = figures(failure);
    if (answered === null) {
      restsUntil = clock() + restMs;
      throw new Error(`the mail server is unreachable: ${failure.message}`);
    }
    if (command === 'RCPT TO' && answered.startsWith('5')) return 'refused';
    throw new Error(`the mail server answered ${answered} to ${String(command)}`);
  };

  return {
    send: async ({ to, subject, text }, signal) => {
      if (clock() < restsUntil) throw new Error('the mail server failed a moment ago; not retried yet');
      const sent = transport.sendMail({
        ...{ from, to: { name: '', address: to }, subject, text, signal },
        headers: { 'Auto-Submitted': 'auto-generated' }, // RFC 3834: no out-of-office note comes back
      });
      return sent.then((): 'sent' => 'sent', failed);
    },
  };
};
