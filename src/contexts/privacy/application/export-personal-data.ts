import { OPERATOR, requireOwn, type Actor, type Operator } from '#src/kernel/actor.js';
import type { UserId } from '#src/kernel/ids.js';
import type { Work } from '#src/kernel/transact.js';
import type { PersonalDataList, PrivacyPorts, PrivacyReaders } from './ports.js';

export interface PersonalDataExport {
  /** What each context holds, by the name of its member. */
  readonly members: Readonly<Record<string, object>>;
  /** The lists among it, each read while it is asked for. */
  readonly lists: readonly {
    readonly name: string;
    readonly pages: AsyncIterable<readonly object[]>;
  }[];
  /** Fails with `customer_not_found` when the person was erased while the lists were read, which are not whole then. */
  readonly confirm: () => Promise<void>;
}

interface ExportDeps extends PrivacyReaders {
  readonly lists: readonly PersonalDataList[];
}

/**
 * Returns all data held on a person (GDPR, articles 15 and 20), read while the shop goes on: no snapshot. A command, because it is
 * recorded in the audit log: a stolen session takes everything with it in one call. Fails with `forbidden`, `recent_login_required`
 * or `customer_not_found`.
 */
export const exportPersonalData =
  ({ profiles, lists }: ExportDeps) =>
  (by: Actor | Operator, person: UserId): Work<PrivacyPorts, PersonalDataExport> =>
  async ({ requireRecentLogIn, members, audit }) => {
    requireOwn(by, person);
    if (by !== OPERATOR) requireRecentLogIn(by);
    const exported: [name: string, data: object][] = [];
    for (const member of members) exported.push([member.name, await member.export(person)]);
    await audit.record({ action: 'user.exported', subject: person });
    return {
      members: Object.fromEntries(exported),
      lists: lists.map((list) => ({ name: list.name, pages: list.pages(person) })),
      confirm: async () => {
        await profiles.versionOf(person);
      },
    };
  };
