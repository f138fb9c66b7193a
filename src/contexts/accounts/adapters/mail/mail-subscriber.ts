import type { Logger } from 'pino';
import type { Transact } from '#src/kernel/transact.js';
import type { Mailer } from '#src/platform/mail/mailer.js';
import type { Subscriber } from '#src/platform/outbox/subscriber.js';
import { issueMailToken } from '../../application/issue-mail-token.js';
import type { AccountsPorts, MailSecrets } from '../../application/ports.js';
import type { MailEvent } from '../../domain/events.js';
import type { MailPurpose } from '../../domain/mail-token.js';
import type { MailTemplates } from './mail-templates.js';

interface Deps {
  readonly transact: Transact<AccountsPorts>;
  readonly mailSecrets: MailSecrets;
  readonly mailTemplates: MailTemplates;
  /** Null if no mail is sent. */
  readonly mailer: Mailer | null;
  readonly logger: Logger;
}

const PURPOSES: Readonly<Record<MailEvent['type'], MailPurpose>> = {
  'password_reset.requested': 'password_reset',
  'email_verification.requested': 'email_verification',
};

/**
 * Sends the requested mails, outside any transaction. The log contains ids only. A mail to an address that the server refuses is
 * not retried: its owner must correct it.
 */
export const mailSubscriber = ({
  transact,
  mailSecrets,
  mailTemplates,
  mailer,
  logger,
}: Deps): Subscriber<MailEvent> => ({
  name: 'accounts.mail',
  types: ['password_reset.requested', 'email_verification.requested'],
  handle: async (event, signal) => {
    const purpose = PURPOSES[event.type];
    const { userId } = event.data;
    const about = { event: event.id, userId, purpose };
    if (mailer === null) {
      logger.warn(about, 'mail not sent: SMTP_URL is not set');
      return;
    }
    const issued = await transact(issueMailToken({ mailSecrets })(userId, purpose, event.occurredAt));
    if (issued === null) return;
    const outcome = await mailer.send({ to: issued.to, ...mailTemplates[purpose](issued.token) }, signal);
    if (outcome === 'refused') logger.warn(about, 'mail not sent: the server rejected the address');
  },
});
