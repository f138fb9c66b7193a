import type { Brand } from '../../../kernel/brand.js';
import type { DomainEvent } from '../../../kernel/events.js';
import type { UserId } from '../../../kernel/ids.js';
import type { MailPurpose } from './mail-token.js';

/** Each request for a mail is an aggregate of its own, so that no mail waits for another, nor anything else for a mail. */
export type MailRequestId = Brand<string, 'MailRequestId'>;

export type AccountEvent = DomainEvent<`${MailPurpose}.requested`>;

/** Somebody has asked for a mail to that user, or would have if there were such a user. */
export const mailRequested = (
  purpose: MailPurpose,
  id: MailRequestId,
  userId: UserId,
  at: Date,
): AccountEvent => ({
  type: `${purpose}.requested`,
  aggregateId: id,
  version: 1,
  occurredAt: at,
  data: { userId },
});
