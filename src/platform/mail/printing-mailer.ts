import type { Mailer } from './mailer.js';

/** Prints mails instead of sending them, for a developer without a mail server. They contain secrets. */
export const printingMailer = (print: (text: string) => void): Mailer => ({
  send: ({ to, subject, text }) => {
    print(`\n--- mail to ${to} ---\n${subject}\n\n${text.trimEnd()}\n---\n\n`);
    return Promise.resolve('sent');
  },
});
