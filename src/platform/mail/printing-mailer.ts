import type { Mailer } from './mailer.js';

/** Shows mails instead of sending them, to a developer who has no mail server. What they hold is secret elsewhere. */
export const printingMailer = (print: (text: string) => void): Mailer => ({
  send: ({ to, subject, text }) => {
    print(`\n--- mail to ${to} ---\n${subject}\n\n${text.trimEnd()}\n---\n\n`);
    return Promise.resolve('sent');
  },
});
