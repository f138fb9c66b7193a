import type { Brand } from '#src/kernel/brand.js';
import type { EventsOf } from '#src/kernel/events.js';
import type { UserId } from '#src/kernel/ids.js';
import type { User } from './user.js';
import type { MailPurpose } from './mail-token.js';

/** Each request for a mail is an aggregate of its own, so that no mail waits for another, nor anything else for a mail. */
export type MailRequestId = Brand<string, 'MailRequestId'>;

export type MailEvent = EventsOf<`${MailPurpose}.requested`, MailRequestId, { readonly userId: UserId }>;
export type UserEvent = EventsOf<'user.disabled', UserId>;
export type AccountEvent = MailEvent | UserEvent;

/** Somebody has asked for a mail to that user, or would have if there were such a user. */
export const mailRequested = (
  purpose: MailPurpose,
  id: MailRequestId,
  userId: UserId,
  at: Date,
): MailEvent => ({
  type: `${purpose}.requested`,
  aggregateId: id,
  version: 1,
  occurredAt: at,
  data: { userId },
});

/** An administrator has disabled the user. */
export const userDisabled = ({ id, version, updatedAt }: User): UserEvent => ({
  type: 'user.disabled',
  aggregateId: id,
  version,
  occurredAt: updatedAt,
  data: {},
});
