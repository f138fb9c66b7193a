import { exportAccount, type AccountsPorts } from '#src/contexts/accounts/public.js';
import type { PersonalData } from '../../application/ports.js';

/** Account and sessions; neither hashes nor tokens. */
export const accountData = (ports: Pick<AccountsPorts, 'users' | 'sessions' | 'now'>): PersonalData => ({
  of: async (customer) => {
    const { user, sessions } = await exportAccount(ports)(customer);
    const { id, name, email, emailVerifiedAt, username, role, disabled, createdAt, updatedAt } = user;
    return {
      account: {
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
      },
    };
  },
});
