import type { Mailer } from '#src/platform/mail/mailer.js';
import { printingMailer } from '#src/platform/mail/printing-mailer.js';
import { smtpMailer } from '#src/platform/mail/smtp-mailer.js';
import type { Config } from './config/index.js';

/** Who carries the shop's mail, as configured; null when nobody does. */
export const mailerOf = ({ mail, production }: Config): Mailer | null => {
  if (mail.server !== null) return smtpMailer({ server: mail.server, from: mail.from });
  // Standard output ends up in somebody's log, and a mail holds what opens an account.
  if (production) return null;
  return printingMailer((text) => void process.stdout.write(text));
};
