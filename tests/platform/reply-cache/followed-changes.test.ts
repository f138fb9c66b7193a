import { expect } from 'chai';
import {
  followChanges,
  lowestId,
  WINDOW_MS,
  type Follower,
  type RecordedChange,
} from '#src/platform/reply-cache/followed-changes.js';
import { seededRandom } from '../../integrity/random.js';

const FORGET_AFTER_MS = 60_000;
const START = Date.parse('2026-05-01T12:00:00.000Z');

/** A store of changes, whose transactions commit in any order, and one that follows them. */
const followed = () => {
  let at = 0;
  let made = 0;
  let isAway = false;
  let committed: RecordedChange[] = [];
  let duringRead = (): void => undefined;
  const applied: string[] = [];
  const ranges: { readonly read: number; readonly counted: number }[] = [];
  const failures: unknown[] = [];
  const follower: Follower = followChanges({
    changes: {
      list: async ({ from, since, limit }) => {
        if (isAway) throw new Error('away');
        const snapshot = [...committed];
        await Promise.resolve();
        duringRead();
        const changes = snapshot.filter(({ id }) => id >= since).slice(0, limit);
        const earlier = snapshot.filter(({ id }) => id >= from && id < since).length;
        ranges.push({ read: changes.length, counted: earlier });
        return { changes, earlier };
      },
    },
    apply: (tags) => applied.push(...tags),
    applyAll: () => applied.push('all'),
    onFailure: (error) => failures.push(error),
    forgetAfterMs: FORGET_AFTER_MS,
    clock: () => at,
    wallClock: () => START + at,
  });
  return {
    follower,
    applied,
    failures,
    ranges,
    pass: (ms: number) => {
      at += ms;
    },
    /** Generates an id now, as a process does whose clock differs by that. */
    begin: (tag: string, skewMs = 0): RecordedChange => {
      made += 1;
      const id = lowestId(START + at + skewMs).slice(0, -12) + String(made).padStart(12, '0');
      return { id, tags: [tag] };
    },
    commit: (change: RecordedChange) => {
      committed.push(change);
    },
    during: (act: () => void) => {
      duringRead = act;
    },
    goAway: (away: boolean) => {
      isAway = away;
    },
    remove: () => {
      committed = [];
    },
  };
};

describe('Following changes', () => {
  it('Following changes begins with what is there, and outdates all that was read before', async () => {
    const { follower, applied, begin, commit, pass } = followed();
    commit(begin('old'));
    expect(follower.appliedUntil()).to.equal(-Infinity);
    pass(5);
    await follower.look();
    expect(applied).to.deep.equal(['all']);
    expect(follower.appliedUntil()).to.equal(5);
  });

  it('Following changes applies each once', async () => {
    const { follower, applied, begin, commit, pass } = followed();
    await follower.look();
    for (const tag of ['a', 'b']) {
      commit(begin(tag));
      pass(100);
      await follower.look();
      await follower.look();
    }
    expect(applied).to.deep.equal(['all', 'a', 'b']);
  });

  it('Following changes finds one that becomes visible after a later one, and one of a long transaction', async () => {
    const { follower, applied, begin, commit, pass } = followed();
    await follower.look();
    const [long, short] = [begin('long'), begin('short')];
    pass(1_000);
    commit(begin('later'));
    await follower.look();
    commit(short);
    await follower.look();
    for (let looks = 0; looks < 20; looks += 1) {
      pass(1_000);
      await follower.look();
    }
    commit(long);
    await follower.look();
    expect(applied).to.deep.equal(['all', 'later', 'short', 'long']);
  });

  it('Following changes finds those of a process whose clock is behind or ahead', async () => {
    const { follower, applied, begin, commit, pass } = followed();
    await follower.look();
    pass(100);
    commit(begin('behind', -10_000));
    commit(begin('ahead', 3_600_000));
    await follower.look();
    expect(applied).to.have.members(['all', 'behind', 'ahead']);
  });

  it('Following changes does not apply again what its own process has applied', async () => {
    const { follower, applied, begin, commit, pass } = followed();
    await follower.look();
    const own = begin('own');
    commit(own);
    follower.applied([own.id]);
    pass(10_000);
    await follower.look();
    expect(applied).to.deep.equal(['all']);
  });

  it('Following changes is not deceived by an own change that is committed during a look', async () => {
    const { follower, applied, begin, commit, pass, during } = followed();
    await follower.look();
    const [own, other] = [begin('own'), begin('other')];
    pass(10_000);
    commit(other);
    during(() => {
      commit(own);
      follower.applied([own.id]);
      during(() => undefined);
    });
    await follower.look();
    expect(applied).to.include('other');
  });

  it('Following changes begins anew after a long pause', async () => {
    const { follower, applied, begin, commit, pass } = followed();
    await follower.look();
    commit(begin('meanwhile'));
    pass(FORGET_AFTER_MS);
    await follower.look();
    expect(applied).to.deep.equal(['all', 'all']);
  });

  it('Following changes catches up after an outage, and counts as applied only until the last success', async () => {
    const { follower, applied, failures, begin, commit, pass, goAway } = followed();
    await follower.look();
    goAway(true);
    pass(20_000);
    commit(begin('meanwhile'));
    await follower.look();
    expect(failures).to.have.length(1);
    expect(follower.appliedUntil()).to.equal(0);
    pass(20_000);
    goAway(false);
    await follower.look();
    expect(applied).to.deep.equal(['all', 'meanwhile']);
  });

  it('Following changes reads at one time only, whoever asks', async () => {
    const { follower, ranges } = followed();
    await Promise.all([follower.look(), follower.look()]);
    expect(ranges).to.have.length(1);
  });

  it('Following changes reads little of a busy store', async () => {
    const { follower, ranges, begin, commit, pass } = followed();
    for (let step = 0; step < 600; step += 1) {
      commit(begin(String(step)));
      pass(100);
      await follower.look();
    }
    const last = ranges.at(-1);
    expect(last?.read).to.be.below(30);
    expect(last?.counted).to.be.within(250, 310);
  });

  it('Following changes applies every change with the first look that begins after its COMMIT, whatever the order of the commits', async () => {
    const seed = Number(process.env['INTEGRITY_SEED'] ?? 1);
    for (let round = 0; round < 20; round += 1) {
      const random = seededRandom(seed + round);
      const { follower, applied, begin, commit, pass } = followed();
      await follower.look();
      const open: { readonly change: RecordedChange; readonly until: number }[] = [];
      let now = 0;
      for (let step = 0; step < 400; step += 1) {
        const ms = random.integer(0, 400);
        now += ms;
        pass(ms);
        // Clocks differ by 5 seconds at most, and transactions take up to 20.
        const change = begin(`${String(round)}.${String(step)}`, random.integer(-5_000, 5_000));
        const takes =
          random.integer(1, 10) === 1 ? random.integer(0, WINDOW_MS - 10_000) : random.integer(0, 50);
        open.push({ change, until: now + takes });
        const due = open.filter(({ until }) => until <= now);
        for (const each of due) {
          open.splice(open.indexOf(each), 1);
          commit(each.change);
        }
        await follower.look();
        for (const each of due)
          expect(applied, `seed ${String(seed)}`).to.include.members([...each.change.tags]);
      }
      expect(applied.filter((tag) => tag === 'all')).to.have.length(1);
    }
  });
});
