import { expect } from 'chai';
import type { MailTokenRepository, UserRepository } from '#src/contexts/accounts/application/ports.js';
import { fail } from '#src/contexts/accounts/domain/errors.js';
import type { MailToken } from '#src/contexts/accounts/domain/mail-token.js';
import type { UserId } from '#src/kernel/ids.js';
import { aMailToken, aTokenHash, aUser } from '../support/builders/accounts.js';
import { openedSubject, outcomeOnce, refusalOf, tally } from '../support/contract-tools.js';
import type { OpenSubject } from '../support/subject.js';

interface Ports {
  readonly users: UserRepository;
  readonly mailTokens: MailTokenRepository;
}

/** What every store of mailed tokens has to hold. It may hold other tokens already. */
export const mailTokenRepositoryContract = (name: string, open: OpenSubject<Ports>): void => {
  const suite = (connections: number) => {
    const store = openedSubject(open, connections);

    const storedUser = async (): Promise<UserId> => {
      const user = aUser();
      await store().transact(({ users }) => users.add(user));
      return user.id;
    };
    const stored = async (given: Partial<MailToken> = {}): Promise<MailToken> => {
      const token = aMailToken(given.userId ?? (await storedUser()), given);
      await store().transact(({ mailTokens }) => mailTokens.add(token));
      return token;
    };
    const found = ({ tokenHash }: MailToken) => store().outside.mailTokens.find(tokenHash);
    const spendOnce = ({ tokenHash }: Pick<MailToken, 'tokenHash'>): Promise<string> =>
      outcomeOnce(store().transact, ({ mailTokens }) => mailTokens.consume(tokenHash));

    const essentials = () => {
      it('A repository of mail tokens reads back what was stored, by its hash', async () => {
        const reset = await stored();
        const verification = await stored({ userId: reset.userId, purpose: 'email_verification' });
        expect([await found(reset), await found(verification)]).to.deep.equal([reset, verification]);
        expect(await store().outside.mailTokens.find(aTokenHash())).to.equal(null);
      });

      it('A repository of mail tokens consumes a token once, and leaves others alone', async () => {
        const token = await stored();
        const other = await stored({ userId: token.userId });
        expect([await spendOnce(token), await spendOnce(token)]).to.deep.equal(['done', 'stale_write']);
        expect(await spendOnce({ tokenHash: aTokenHash() })).to.equal('stale_write');
        expect([await found(token), await found(other)]).to.deep.equal([null, other]);
      });

      it('A repository of mail tokens lets one of twenty win that consume one token at once', async () => {
        const token = await stored();
        const outcomes = await Promise.all(Array.from({ length: 20 }, () => spendOnce(token)));
        expect(tally(outcomes)).to.deep.equal({ done: 1, stale_write: 19 });
      });

      it('A repository of mail tokens leaves nothing of a transaction that fails', async () => {
        const kept = await stored();
        const added = aMailToken(kept.userId);
        const work = store().transact(async ({ mailTokens }) => {
          await mailTokens.add(added);
          await mailTokens.consume(kept.tokenHash);
          throw fail('last_admin');
        });
        expect(await refusalOf(work)).to.equal('last_admin');
        expect([await found(kept), await found(added)]).to.deep.equal([kept, null]);
      });
    };

    const details = () => {
      it('A repository of mail tokens revokes all tokens of a user, and no other user’s', async () => {
        const [first, foreign] = [await stored(), await stored()];
        const second = await stored({ userId: first.userId, purpose: 'email_verification' });
        await store().transact(({ mailTokens }) => mailTokens.revokeAll(first.userId));
        expect([await found(first), await found(second), await found(foreign)]).to.deep.equal([
          null,
          null,
          foreign,
        ]);
      });

      it('A repository of mail tokens removes a user’s tokens with the user', async () => {
        const user = aUser();
        await store().transact(({ users }) => users.add(user));
        const token = await stored({ userId: user.id });
        await store().transact(({ users }) => users.remove(user));
        expect(await found(token)).to.equal(null);
      });

      it('A repository of mail tokens removes what had expired before a time, a number of rows at a time', async () => {
        const userId = await storedUser();
        const [before, early] = [new Date('2002-01-02T00:00:00.000Z'), new Date('2002-01-01T00:00:00.000Z')];
        for (let n = 0; n < 3; n += 1) await stored({ userId, expiresAt: early });
        const [atThatTime, live] = [await stored({ userId, expiresAt: before }), await stored({ userId })];
        const purge = () => store().transact(({ mailTokens }) => mailTokens.purge(before, 2));
        expect([await purge(), await purge(), await purge()]).to.deep.equal([2, 1, 0]);
        expect([await found(atThatTime), await found(live)]).to.deep.equal([atThatTime, live]);
      });
    };
    return { essentials, details };
  };

  describe(`MailTokenRepository on ${name}`, () => {
    const { essentials, details } = suite(20);
    essentials();
    details();
  });
  describe(`MailTokenRepository on ${name}, with one connection`, () => {
    suite(1).essentials();
  });
};
