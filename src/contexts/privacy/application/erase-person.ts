import { OPERATOR, requireOwn, type Actor, type Operator } from '#src/kernel/actor.js';
import { requireVersion, type ExpectedVersion } from '#src/kernel/errors.js';
import type { NewId, UserId } from '#src/kernel/ids.js';
import type { ErasureId } from '#src/kernel/personal-data.js';
import type { Work } from '#src/kernel/transact.js';
import { erasureStarted } from '../domain/events.js';
import type { PrivacyPorts } from './ports.js';

/**
 * Erases a person (GDPR, article 17). Account, sessions, profile, addresses and cart go at once. Afterwards, in batches that
 * events ask for, pending orders are cancelled, the addresses of orders are removed, and so are the replies stored for retries,
 * which contain addresses. Orders stay under a pseudonym. Fails with `forbidden`, `recent_login_required`, `customer_not_found`,
 * `last_admin`, or `open_orders` while an order is confirmed or shipped.
 */
export const erasePerson =
  ({ newId }: { newId: NewId }) =>
  (by: Actor | Operator, person: UserId, expected?: ExpectedVersion): Work<PrivacyPorts, void> => {
    requireOwn(by, person);
    const id = newId<ErasureId>(); // before the transaction: its work may run twice
    return async ({ profiles, requireRecentLogIn, erasers, events, audit, now }) => {
      if (by !== OPERATOR) requireRecentLogIn(by);
      const profileVersion = await profiles.versionOf(person);
      requireVersion(profileVersion, expected);
      for (const erase of erasers) await erase({ id, person, profileVersion });
      await events.append(erasureStarted({ id, person }, now()));
      await audit.record({ action: 'user.erased', subject: person });
    };
  };
