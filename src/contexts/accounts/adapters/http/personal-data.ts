import { exportedMember } from '#src/platform/personal-data.js';
import { array, boolean, object, oneOf, string, timestamp, uuid } from '#src/platform/schema/schema.js';
import { exportAccount } from '../../application/queries.js';
import type { AccountsPorts } from '../../application/ports.js';
import { fail } from '../../domain/errors.js';

const nullableText = () => string().nullable();

const sessionBody = object('ExportedSession', {
  id: uuid(),
  device: nullableText(),
  address: nullableText(),
  createdAt: timestamp(),
  authenticatedAt: timestamp().description('Time at which the user last entered the password'),
  lastUsedAt: timestamp().description('As in the list of sessions'),
  expiresAt: timestamp().description('As in the list of sessions'),
  endedAt: timestamp().nullable(),
});

const accountBody = object('ExportedAccount', {
  id: uuid(),
  name: string(),
  email: string(),
  emailVerifiedAt: timestamp().nullable(),
  username: nullableText(),
  role: oneOf('customer', 'admin'),
  disabled: boolean(),
  createdAt: timestamp(),
  updatedAt: timestamp(),
  sessions: array(sessionBody),
});

/** Account and sessions, as a member of the exported document; neither hashes nor tokens. */
export const accountMember = exportedMember({
  name: 'account',
  body: accountBody,
  errors: fail.pick('user_not_found'),
  export: (ports: Pick<AccountsPorts, 'users' | 'sessions' | 'now'>) => async (person) => {
    const { user, sessions } = await exportAccount(ports)(person);
    const { id, name, email, emailVerifiedAt, username, role, disabled, createdAt, updatedAt } = user;
    return {
      ...{ id, name, email, username, role, disabled },
      emailVerifiedAt: emailVerifiedAt?.toISOString() ?? null,
      createdAt: createdAt.toISOString(),
      updatedAt: updatedAt.toISOString(),
      sessions: sessions.map((session) => ({
        id: session.id,
        device: session.device,
        address: session.address,
        createdAt: session.createdAt.toISOString(),
        authenticatedAt: session.authenticatedAt.toISOString(),
        lastUsedAt: session.lastUsedAt.toISOString(),
        expiresAt: session.expiresAt.toISOString(),
        endedAt: session.endedAt?.toISOString() ?? null,
      })),
    };
  },
});
