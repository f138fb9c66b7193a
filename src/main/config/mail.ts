import type { LinkTemplates } from '#src/contexts/accounts/module.js';
import { requireEmailAddress } from '#src/platform/email-address.js';
import { parseSmtpUrl, type SmtpServer } from '#src/platform/mail/smtp-url.js';
import type { ValuesOf } from '#src/platform/schema/schema.js';
import { parsed, variable, type Complain } from './variable.js';

export interface MailConfig {
  /** Null prints mails to the developer, and sends none in production. */
  readonly server: SmtpServer | null;
  readonly from: { readonly name: string; readonly address: string };
  readonly links: LinkTemplates;
}

const smtpServer = parsed(parseSmtpUrl);

/** `Name <address>`, or the address alone. No quotes: the code that writes the name into a mail quotes it. */
const SENDER = /^(?:(?<name>[^<>"\p{Cc}]+)<(?<address>[^<>]+)>|(?<alone>[^<>]+))$/u;

const sender = parsed((text: string): MailConfig['from'] => {
  const { name = '', address, alone } = SENDER.exec(text)?.groups ?? {};
  return {
    name: name.trim(),
    address: requireEmailAddress(address ?? alone ?? '').text,
  };
});

/** The page's own script or server reads the token, so the token must not choose the host. */
const linkTemplate = parsed((template: string): string => {
  const { protocol, host } = new URL(template.replace('{token}', 'a'));
  const isPage =
    ['http:', 'https:'].includes(protocol) && host === new URL(template.replace('{token}', 'b')).host;
  if (!isPage || template.split('{token}').length !== 2 || /\s/.test(template))
    throw new Error('no template');
  return template;
});

export const mailVariables = {
  SMTP_URL: variable(smtpServer.optional(), {
    right:
      'smtp://user:password@host:port (with tls=required, or without a user tls=offered or tls=never) or smtps://…',
    purpose: 'Mail server that sends the mails of the shop. A secret if it contains a password.',
    unset: 'none: mails are printed on standard output; with NODE_ENV=production they are not sent',
  }),
  MAIL_FROM: variable(sender.optional(), {
    right: 'an e-mail address, or a name and one as in: Shop <no-reply@shop.example>',
    purpose: 'Sender of mails. Required when SMTP_URL is set.',
    unset: 'none',
  }),
  PASSWORD_RESET_URL: variable(linkTemplate.optional(), {
    right:
      'an http or https URL with {token} once after the host, such as https://shop.example/reset#{token}',
    purpose: 'Page of the storefront on which a new password is set; mails link to it.',
    unset: 'none: mails contain the token only',
  }),
  EMAIL_VERIFY_URL: variable(linkTemplate.optional(), {
    right:
      'an http or https URL with {token} once after the host, such as https://shop.example/verify#{token}',
    purpose: 'Page of the storefront on which an e-mail address is verified; mails link to it.',
    unset: 'none: mails contain the token only',
  }),
};

type Values = ValuesOf<typeof mailVariables>;

const NOBODY: MailConfig['from'] = { name: '', address: 'nobody@localhost' };

export const mailConfig = (
  { SMTP_URL, MAIL_FROM: from, PASSWORD_RESET_URL, EMAIL_VERIFY_URL }: Values,
  { sendsMail }: { readonly sendsMail: boolean },
  complain: Complain<keyof Values>,
): MailConfig => {
  const server = SMTP_URL ?? null;
  if (sendsMail && server !== null && from === undefined)
    complain('MAIL_FROM', `is required when SMTP_URL is set: ${mailVariables.MAIL_FROM.right}`);
  return {
    server,
    from: from ?? NOBODY,
    links: { password_reset: PASSWORD_RESET_URL ?? null, email_verification: EMAIL_VERIFY_URL ?? null },
  };
};
