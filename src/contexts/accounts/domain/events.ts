import type { Brand } from '#src/kernel/brand.js';
import type { EventsOf } from '#src/kernel/events.js';
import type { UserId } from '#src/kernel/ids.js';
import type { User } from './user.js';
import type { MailPurpose } from './mail-token.js';

/**
 * Id of a request for a mail. Each is an aggregate of its own, so that no mail waits for another, nor anything else for a mail.
 */
export type MailRequestId = Brand<string, 'MailRequestId'>;

export type MailEvent = EventsOf<`${MailPurpose}.requested`, MailRequestId, { readonly userId: UserId }>;
export type UserEvent = EventsOf<
  `user.${'created' | 'renamed' | 'email_changed' | 'promoted' | 'demoted' | 'disabled' | 'enabled' | 'erased'}`,
  UserId
>;
export type AccountEvent = MailEvent | UserEvent;

/** Returns the event of a request for a mail; also if there is no such user. */
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

const userEvent = (type: UserEvent['type'], id: UserId, version: number, at: Date): UserEvent => ({
  type,
  aggregateId: id,
  version,
  occurredAt: at,
  data: {},
});

/** Returns the event of a new account. */
export const userCreated = ({ id, version, createdAt }: User): UserEvent =>
  userEvent('user.created', id, version, createdAt);

/** Returns the published events of a change, in one order. There is none of passwords and user names. */
export const userChanged = (before: User, after: User): readonly UserEvent[] => {
  const types: readonly (UserEvent['type'] | false)[] = [
    after.name !== before.name && 'user.renamed',
    after.email !== before.email && 'user.email_changed',
    after.role !== before.role && (after.role === 'admin' ? 'user.promoted' : 'user.demoted'),
    after.disabled !== before.disabled && (after.disabled ? 'user.disabled' : 'user.enabled'),
  ];
  return types
    .filter((type) => type !== false)
    .map((type) => userEvent(type, after.id, after.version, after.updatedAt));
};

/** Returns the event of an account that is erased, in its last version. */
export const userErased = ({ id, version, updatedAt }: User): UserEvent =>
  userEvent('user.erased', id, version, updatedAt);
