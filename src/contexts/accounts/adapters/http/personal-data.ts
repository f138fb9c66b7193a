import { EXAMPLE_CUSTOMER, EXAMPLE_TIME } from '#src/kernel/examples.js';
import { createdAt, updatedAt } from '#src/platform/http/routes/schemas.js';
import { exportedMember } from '#src/platform/personal-data.js';
import { array, boolean, object, string, timestamp, uuid } from '#src/platform/schema/schema.js';
import { role } from './account-schemas.js';
import { exportAccount } from '../../application/queries.js';
import type { AccountsPorts } from '../../application/ports.js';
import { fail } from '../../domain/errors.js';

const nullableText = () => string().nullable();

const sessionBody = object(
  'ExportedSession',
  {
    id: uuid().description('Id of the session').example(EXAMPLE_CUSTOMER.sessionId),
    device: nullableText().description('`User-Agent` of the client').example(EXAMPLE_CUSTOMER.device),
    address: nullableText()
      .description('Network address of the client')
      .example(EXAMPLE_CUSTOMER.networkAddress),
    createdAt: createdAt().description('Time of the log-in'),
    authenticatedAt: timestamp()
      .description('Time at which the user last entered the password')
      .example(EXAMPLE_TIME),
    lastUsedAt: timestamp().description('As in the list of sessions').example(EXAMPLE_TIME),
    expiresAt: timestamp().description('As in the list of sessions').example('2026-02-04T10:00:00.000Z'),
    endedAt: timestamp().nullable().description('Time at which the session was revoked; null if it was not'),
  },
  { description: 'A session in an export' },
);

const accountBody = object(
  'ExportedAccount',
  {
    id: uuid().description('Id of the user').example(EXAMPLE_CUSTOMER.id),
    name: string().description('Full name').example(EXAMPLE_CUSTOMER.name),
    email: string().description('E-mail address').example(EXAMPLE_CUSTOMER.email),
    emailVerifiedAt: timestamp()
      .nullable()
      .description('Time at which access to the address was proved; null if it was not'),
    username: nullableText()
      .description('User name; null if there is none')
      .example(EXAMPLE_CUSTOMER.username),
    role: role().description('What the user may do').example('customer'),
    disabled: boolean().description('Whether the account is disabled').example(false),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    sessions: array(sessionBody).description('Sessions that are stored, revoked ones included'),
  },
  { description: 'The account in an export' },
);

/** Account and sessions, as a member of the exported document; neither hashes nor tokens. */
export const accountMember = exportedMember({
  name: 'account',
  description: 'My account and its sessions',
  body: accountBody,
  errors: fail.pick('user_not_found'),
  export: (ports: Pick<AccountsPorts, 'users' | 'sessions' | 'now'>) => async (person) => {
    const { user, sessions } = await exportAccount(ports)(person);
    const { id, name, email, emailVerifiedAt, username, disabled } = user;
    return {
      ...{ id, name, email, username, role: user.role, disabled },
      emailVerifiedAt: emailVerifiedAt?.toISOString() ?? null,
      createdAt: user.createdAt.toISOString(),
      updatedAt: user.updatedAt.toISOString(),
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
