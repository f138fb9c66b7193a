import { expect } from 'chai';
import type { Mail } from '#src/platform/mail/mailer.js';
import { eventually } from './eventually.js';
import type { ShopUnderTest } from './test-shop.js';

/** The token that a mail of accounts holds: on a line of its own, alone or at the end of a link. */
export const tokenIn = ({ text }: Pick<Mail, 'text'>): string =>
  /^(?:http\S*[=#/])?([\w-]{43})$/m.exec(text)?.[1] ?? expect.fail(`there is no token in ${text}`);

const mailsAbout =
  (about: string) =>
  ({ shop }: ShopUnderTest, email: string): readonly Mail[] =>
    shop.mails.filter(({ to, subject }) => to === email && subject === about);

/** The mails for setting a new password that an address has got so far. */
export const resetMails = mailsAbout('Set a new password');

/** The mails for verifying it that an address has got so far. */
export const verificationMails = mailsAbout('Confirm your e-mail address');

/** Waits for a mail, after so many that came before it; returns its token. */
export const verificationTokenOf = async (shop: ShopUnderTest, email: string, before = 0): Promise<string> =>
  tokenIn(await eventually(() => verificationMails(shop, email)[before], `a mail to ${email}`));

/** Asks for a mail to set a new password with, and waits for it; returns its token. */
export const resetTokenOf = async (shop: ShopUnderTest, email: string): Promise<string> => {
  const before = resetMails(shop, email).length;
  const { status } = await shop.post('/auth/password-reset', { json: { email } });
  expect(status).to.equal(202);
  const mail = await eventually(() => resetMails(shop, email)[before], `a mail to ${email}`);
  return tokenIn(mail);
};
