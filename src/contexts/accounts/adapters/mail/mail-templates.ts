import type { MailPurpose } from '../../domain/mail-token.js';

/** What a mail says. Nothing in it comes from whoever has asked for it, so that nobody's words go out in the shop's name. */
export interface MailContent {
  readonly subject: string;
  readonly text: string;
}

/** The letters of accounts, each around the token that opens something. */
export type MailTemplates = Readonly<Record<MailPurpose, (token: string) => MailContent>>;

/**
 * The storefront's pages, with `{token}` where the token goes; null where there is none. They are configured and never taken
 * from a request, whose Host header anybody can write.
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

/** In plain English. Shops that speak otherwise bring letters of their own. */
export const plainMailTemplates = (links: LinkTemplates): MailTemplates => ({
  password_reset: (token) => render('password_reset', links.password_reset, token),
  email_verification: (token) => render('email_verification', links.email_verification, token),
});
