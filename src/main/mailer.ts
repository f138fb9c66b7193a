import type { Mailer } from '#src/platform/mail/mailer.js';
import { printingMailer } from '#src/platform/mail/printing-mailer.js';
import { smtpMailer } from '#src/platform/mail/smtp-mailer.js';
import type { Config } from './config/index.js';

/** Returns the configured mailer; null if no mail is sent. */
export const mailerOf = ({ mail, production }: Config): Mailer | null => {
  if (mail.server !== null) return smtpMailer({ server: mail.server, from: mail.from });
  // Standard output may end up in a log that others read, and a mail contains tokens that open an account.
  if (production) return null;
  return printingMailer((text) => void process.stdout.write(text));
};
