import type { MailPurpose } from '../../domain/mail-token.js';

/** Text of a mail. It contains no input of the requester, so that the shop never mails another person's words. */
export interface MailContent {
  readonly subject: string;
  readonly text: string;
}

/** The mail templates of accounts, each with a token. */
export type MailTemplates = Readonly<Record<MailPurpose, (token: string) => MailContent>>;

/**
 * The storefront's pages, with `{token}` in the place of the token; null if there is none. They are configured and never derived
 * from a request, since any client can forge its Host header.
 */
export type LinkTemplates = Readonly<Record<MailPurpose, string | null>>;

const WORDS: Readonly<
  Record<MailPurpose, { readonly subject: string; readonly before: string; readonly after: string }>
> = {
  password_reset: {
    subject: 'Set a new password',
    before:
      'A new password was requested for your account.\nYou can set it once, within the next 30 minutes,',
    after: 'If you did not request it, you can ignore this mail: your password stays as it is.',
  },
  email_verification: {
    subject: 'Confirm your e-mail address',
    before:
      'This e-mail address was given for an account.\nPlease confirm within the next three days that it is yours,',
    after: 'If you have no account here, you can ignore this mail.',
  },
};

const render = (purpose: MailPurpose, template: string | null, token: string): MailContent => {
  const { subject, before, after } = WORDS[purpose];
  const how = template === null ? 'with this code' : 'here';
  const opener = template === null ? token : template.replace('{token}', token);
  return { subject, text: `Hello,\n\n${before} ${how}:\n\n${opener}\n\n${after}\n` };
};

/** Returns templates in plain English. Shops in other languages bring their own. */
export const plainMailTemplates = (links: LinkTemplates): MailTemplates => ({
  password_reset: (token) => render('password_reset', links.password_reset, token),
  email_verification: (token) => render('email_verification', links.email_verification, token),
});
