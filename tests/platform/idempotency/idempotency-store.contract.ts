import { expect } from 'chai';
import { randomBytes, randomUUID } from 'node:crypto';
import type { RenderedReply } from '#src/platform/idempotency/stored-reply.js';
import {
  RETENTION_MS,
  RECORD_BYTES,
  type IdempotencyStore,
  type IdempotencyKey,
  type WithIdempotency,
} from '#src/platform/idempotency/idempotency-store.js';
import { gate, openedSubject, outcomeOf, outcomeOnce, tally } from '../../support/contract-tools.js';
import type { OpenSubject } from '../../support/subject.js';

const AT = new Date('2026-05-01T12:00:00.000Z');
const CALLER = '0190a0a0-0000-7000-8000-00000000000a';
const REPLY = { status: 201, headers: { Location: '/orders/1' }, body: { name: 'Käse 🧀', total: 19.99 } };

let keys = 0;
const aKey = (fields: Partial<IdempotencyKey> = {}): IdempotencyKey => {
  keys += 1;
  return {
    id: String(keys).padStart(64, '0'),
    caller: CALLER,
    fingerprint: 'f'.repeat(64),
    at: AT,
    quota: 1_000_000,
    ...fields,
  };
};

/** The contract of every idempotency store. */
export const idempotencyStoreContract = (name: string, open: OpenSubject<WithIdempotency>): void => {
  describe(`Replies on ${name}`, () => {
    const subject = openedSubject(open, 10);
    const inside = <T>(work: (idempotency: IdempotencyStore) => Promise<T>): Promise<T> =>
      subject().transact(({ idempotency }) => work(idempotency));
    const answered = async (key = aKey(), about: string | null = null): Promise<IdempotencyKey> => {
      await inside(async (idempotency) => {
        await idempotency.claim(key);
        await idempotency.complete(key, REPLY, about);
      });
      return key;
    };
    const find = (key: IdempotencyKey) => inside((idempotency) => idempotency.find(key));

    it('The idempotency store has no reply to an unclaimed key', async () => {
      expect(await find(aKey())).to.equal(null);
    });

    it('The idempotency store returns the reply as it was stored', async () => {
      expect(await find(await answered())).to.deep.equal(REPLY);
    });

    it('The idempotency store keeps nothing of a transaction that fails', async () => {
      const key = aKey();
      const failure = new Error('refused');
      const failed = inside(async (idempotency) => {
        await idempotency.claim(key);
        await idempotency.complete(key, REPLY, null);
        throw failure;
      });
      expect(await failed.catch((error: unknown) => error)).to.equal(failure);
      expect(await find(key)).to.equal(null);
      await answered(key);
    });

    it('The idempotency store refuses a second claim', async () => {
      const key = await answered();
      const later = { ...key, at: new Date(key.at.getTime() + 1) };
      for (const again of [key, later])
        expect(await outcomeOnce(subject().transact, ({ idempotency }) => idempotency.claim(again))).to.equal(
          'stale_write',
        );
    });

    it('The idempotency store makes a concurrent request wait for the claim and then find the reply', async () => {
      const key = aKey();
      const claimed = gate();
      const release = gate();
      const first = inside(async (idempotency) => {
        await idempotency.claim(key);
        claimed.open();
        await release.opened;
        await idempotency.complete(key, REPLY, null);
      });
      await claimed.opened;
      let attempts = 0;
      const rival = inside(async (idempotency) => {
        attempts += 1;
        if (attempts > 1) return idempotency.find(key);
        release.open();
        await idempotency.claim(key);
        return null;
      });
      if (name !== 'SQLite') expect(await rival).to.deep.equal(REPLY);
      release.open(); // on SQLite the rival does not begin before the first has ended
      await first;
      expect(await rival).to.deep.equal(REPLY);
    });

    it('The idempotency store refuses the key to a request that asks for something else', async () => {
      const key = await answered();
      expect(await outcomeOf(find({ ...key, fingerprint: '0'.repeat(64) }))).to.equal(
        'idempotency_key_reused',
      );
    });

    it('The idempotency store forgets a reply after its time, so that the key can be claimed again', async () => {
      const key = await answered();
      const later = { ...key, at: new Date(AT.getTime() + RETENTION_MS) };
      expect(await find({ ...later, at: new Date(later.at.getTime() - 1) })).to.deep.equal(REPLY);
      expect(await find(later)).to.equal(null);
      await answered(later);
    });

    it('The idempotency store forgets all of one caller, and nothing of another', async () => {
      const other = await answered(aKey({ caller: '0190a0a0-0000-7000-8000-00000000000b' }));
      const mine = await answered();
      await inside((idempotency) => idempotency.forget(CALLER, 1000));
      expect(await find(mine)).to.equal(null);
      expect(await find(other)).to.deep.equal(REPLY);
    });

    it('The idempotency store forgets replies to others about that person', async () => {
      const about = '0190a0a0-0000-7000-8000-00000000000c';
      const [theirs, others] = [await answered(aKey(), about), await answered(aKey(), CALLER)];
      await inside((idempotency) => idempotency.forget(about, 1000));
      expect(await find(theirs)).to.equal(null);
      expect(await find(others)).to.deep.equal(REPLY);
    });

    it('The idempotency store forgets as many replies at a time as requested, until none is left', async () => {
      const [caller, about] = [randomUUID(), randomUUID()];
      for (let made = 0; made < 3; made += 1) await answered(aKey({ caller }));
      const others = [await answered(aKey(), about), await answered(aKey(), about)];
      expect(await inside((idempotency) => idempotency.forget(caller, 2))).to.equal(2);
      expect(await inside((idempotency) => idempotency.forget(caller, 2))).to.equal(1);
      expect(await inside((idempotency) => idempotency.forget(caller, 2))).to.equal(0);
      expect(await inside((idempotency) => idempotency.forget(about, 1))).to.equal(1);
      expect(await inside((idempotency) => idempotency.forget(about, 2))).to.equal(1);
      expect(await Promise.all(others.map(find))).to.deep.equal([null, null]);
    });

    it('The idempotency store returns a reference as it was stored', async () => {
      const key = aKey();
      await inside((idempotency) => idempotency.claim(key, { reference: CALLER }));
      expect(await find(key)).to.deep.equal({ reference: CALLER });
    });

    describe('of a caller with a quota', () => {
      /** What nothing shortens, so that its size is known: it takes at least `bytes` and at most 10 % more. */
      const ofSize = (bytes: number): RenderedReply => ({
        status: 200,
        headers: {},
        body: randomBytes((bytes - RECORD_BYTES) * 0.75).toString('base64'),
      });
      const SIZE = 10_000;
      /** For three replies of that size. */
      const quota = 3.5 * SIZE;
      const keep = (key: IdempotencyKey, kept = ofSize(SIZE)) =>
        outcomeOf(
          inside(async (idempotency) => {
            await idempotency.claim(key);
            await idempotency.complete(key, kept, null);
          }),
        );
      /** Returns a caller whose three replies leave no room for a fourth. */
      const aFullCaller = async (at = AT) => {
        const caller = randomUUID();
        const kept = [
          aKey({ caller, quota, at }),
          aKey({ caller, quota, at }),
          aKey({ caller, quota, at }),
        ] as const;
        for (const key of kept) expect(await keep(key)).to.equal('done');
        return { caller, kept, next: () => aKey({ caller, quota, at }) };
      };

      it('The idempotency store of a caller with a quota refuses a reply that does not fit, and stores nothing of its transaction', async () => {
        const { next, kept } = await aFullCaller();
        const key = next();
        expect(await keep(key)).to.equal('idempotency_quota_exceeded');
        expect(await find(key)).to.equal(null);
        for (const each of kept) expect(await find(each)).not.to.equal(null);
      });

      it('The idempotency store of a caller with a quota refuses the first reply as well when it is larger than the quota', async () => {
        const key = aKey({ caller: randomUUID(), quota });
        expect(await keep(key, ofSize(2 * quota))).to.equal('idempotency_quota_exceeded');
        expect(await keep(key)).to.equal('done');
      });

      it('The idempotency store of a caller with a quota refuses the claim when no reply fits, before anything is done', async () => {
        const { caller } = await aFullCaller();
        const claim = (key: IdempotencyKey) => outcomeOf(inside((idempotency) => idempotency.claim(key)));
        const small = { quota: 3 * SIZE + RECORD_BYTES - 1, caller };
        expect(await claim(aKey(small))).to.equal('idempotency_quota_exceeded');
        expect(await claim(aKey({ caller: randomUUID(), quota: RECORD_BYTES }))).to.equal('done');
      });

      it('The idempotency store of a caller with a quota stores a reference unless there are as many records as fit into the quota', async () => {
        const caller = randomUUID();
        const claim = (kept = { reference: CALLER }) => {
          const key = aKey({ caller, quota: 3 * RECORD_BYTES });
          return outcomeOf(inside((idempotency) => idempotency.claim(key, kept)));
        };
        for (let fits = 0; fits < 3; fits += 1) expect(await claim()).to.equal('done');
        expect(await claim()).to.equal('idempotency_quota_exceeded');
        await inside((idempotency) => idempotency.purge(new Date('2030-01-01'), 1000));
        expect(await claim()).to.equal('done');
      });

      it('The idempotency store of a caller with a quota still returns the replies to a caller whose quota is used up', async () => {
        const { kept } = await aFullCaller();
        const [first] = kept;
        const used = { ...first, quota: SIZE };
        expect(await outcomeOnce(subject().transact, ({ idempotency }) => idempotency.claim(used))).to.equal(
          'stale_write',
        );
        expect(await find(used)).not.to.equal(null);
      });

      it('The idempotency store of a caller with a quota reports when the oldest reply expires', async () => {
        const { next } = await aFullCaller(new Date(AT.getTime() - 60 * 60 * 1000));
        const refusal = await inside(async (idempotency) => {
          const key = { ...next(), at: AT };
          await idempotency.claim(key);
          await idempotency.complete(key, ofSize(SIZE), null);
        }).catch((error: unknown) => error);
        expect(refusal).to.have.deep.property('details', {
          'violated-policies': ['idempotency'],
          retryAfter: 23 * 60 * 60,
        });
      });

      it('The idempotency store of a caller with a quota stores as many replies of 50 at once as fit', async () => {
        const caller = randomUUID();
        const outcomes = await Promise.all(Array.from({ length: 50 }, () => keep(aKey({ caller, quota }))));
        expect(tally(outcomes)).to.deep.equal({ done: 3, idempotency_quota_exceeded: 47 });
      });

      it('The idempotency store of a caller with a quota stores the first replies of callers who send several requests at once', async () => {
        const callers = Array.from({ length: 20 }, () => randomUUID());
        for (const caller of callers) {
          const keys = Array.from({ length: 5 }, () => aKey({ caller }));
          expect(tally(await Promise.all(keys.map((key) => keep(key))))).to.deep.equal({ done: 5 });
        }
      });

      it('The idempotency store of a caller with a quota has room again for what was purged', async () => {
        const { caller, next } = await aFullCaller(new Date('2020-01-01'));
        await inside((idempotency) => idempotency.purge(new Date('2020-01-02'), 1));
        const later = { caller, quota, at: AT };
        expect([await keep(aKey(later)), await keep(next())]).to.deep.equal([
          'done',
          'idempotency_quota_exceeded',
        ]);
        await inside((idempotency) => idempotency.purge(new Date('2020-01-02'), 1000));
        expect(await keep(next())).to.equal('done');
        await inside((idempotency) => idempotency.purge(new Date('2030-01-01'), 1000));
        for (let fits = 0; fits < 3; fits += 1) expect(await keep(next())).to.equal('done');
        expect(await keep(next())).to.equal('idempotency_quota_exceeded');
      });

      it('The idempotency store of a caller with a quota has room again for a reply that has expired', async () => {
        const { kept, next } = await aFullCaller();
        const [first] = kept;
        const later = new Date(AT.getTime() + RETENTION_MS);
        expect(await find({ ...first, at: later })).to.equal(null);
        expect([await keep(next()), await keep(next())]).to.deep.equal([
          'done',
          'idempotency_quota_exceeded',
        ]);
      });

      it('The idempotency store of a caller with a quota has room again when replies about a forgotten person, or the caller, are removed', async () => {
        const { caller, next } = await aFullCaller();
        const about = randomUUID();
        await inside((idempotency) => idempotency.purge(new Date('2030-01-01'), 1000));
        await inside(async (idempotency) => {
          for (const key of [next(), next(), next()]) {
            await idempotency.claim(key);
            await idempotency.complete(key, ofSize(SIZE), about);
          }
        });
        expect(await keep(next())).to.equal('idempotency_quota_exceeded');
        await inside((idempotency) => idempotency.forget(about, 1000));
        expect(await keep(next())).to.equal('done');
        await inside((idempotency) => idempotency.forget(caller, 1000));
        for (let fits = 0; fits < 3; fits += 1) expect(await keep(next())).to.equal('done');
      });

      it('The idempotency store of a caller with a quota counts what two purges at once remove once', async () => {
        const { next } = await aFullCaller(new Date('2020-01-01'));
        const purge = () => inside((idempotency) => idempotency.purge(new Date('2020-01-02'), 1000));
        const removed = await Promise.all([purge(), purge()]);
        expect(removed[0] + removed[1]).to.equal(3);
        for (let fits = 0; fits < 3; fits += 1) expect(await keep(next())).to.equal('done');
        expect(await keep(next())).to.equal('idempotency_quota_exceeded');
      });

      it('The idempotency store counts each caller’s replies against that caller’s own quota', async () => {
        await aFullCaller();
        expect(await keep(aKey({ caller: randomUUID(), quota }))).to.equal('done');
      });
    });

    it('The idempotency store purges what is old, a batch at a time', async () => {
      await inside((idempotency) => idempotency.purge(new Date('2030-01-01'), 1000));
      const old = new Date(AT.getTime() - 1);
      for (let made = 0; made < 5; made += 1) await answered(aKey({ at: old }));
      const young = await answered();
      const purge = () => inside((idempotency) => idempotency.purge(AT, 3));
      expect([await purge(), await purge(), await purge()]).to.deep.equal([3, 2, 0]);
      expect(await find(young)).to.deep.equal(REPLY);
    });
  });
};
