import { expect } from 'chai';
import { EXPIRE_EVERY_MS } from '#src/contexts/ordering/application/expire-orders.js';
import type { EventId } from '#src/kernel/events.js';
import { CONTEXT_NAMES, type ContextName } from '#src/main/contexts.js';
import { choresOf } from '#src/main/housekeeping.js';
import type { Shop } from '#src/main/shop.js';
import { startChores } from '#src/platform/chores.js';
import { Session } from '#src/contexts/accounts/domain/session.js';
import { createLogger } from '#src/platform/logger.js';
import { testShop } from '#src/main/test-shop.js';
import {
  aKnownPlace,
  aMailToken,
  aRotation,
  aSession,
  aTokenHash,
  aUser,
} from '../support/builders/accounts.js';
import { newId } from '../support/builders/ids.js';
import { eventually } from '../support/eventually.js';
import { RETENTION_MS, type IdempotencyKey } from '#src/platform/idempotency/idempotency-store.js';

/** Does one of the chores once. */
const run = async ({ parts }: Shop, name: string): Promise<void> => {
  const chore = choresOf(parts).find((each) => each.name === name) ?? expect.fail(`no chore ${name}`);
  await chore.run(() => false);
};

describe('Housekeeping', () => {
  it('Housekeeping removes every expired reply, however many, and no other', async () => {
    const now = new Date('2026-05-01T12:00:00Z');
    const shop = await testShop({ now: () => () => now });
    const { transact } = shop.parts.persistence;
    const keyAt = (at: number, id: number): IdempotencyKey => ({
      id: String(id).padStart(64, '0'),
      caller: 'somebody',
      fingerprint: 'f'.repeat(64),
      at: new Date(at),
      quota: 1_000_000,
    });
    const young = keyAt(now.getTime() - RETENTION_MS + 1, 1100);
    await transact(async ({ idempotency }) => {
      for (let id = 0; id < 1100; id += 1)
        await idempotency.claim(keyAt(now.getTime() - RETENTION_MS - 1, id));
      await idempotency.claim(young);
      await idempotency.complete(young, { status: 201, headers: {} }, null);
    });
    await run(shop, 'purge idempotency keys');
    const left = await transact(({ idempotency }) => idempotency.purge(new Date('2030-01-01'), 2000));
    expect(left).to.equal(1);
    await shop.close();
  });

  it('Housekeeping removes what is left of sessions a day after they were over, and what is stored of a refresh soon after its grace period', async () => {
    let now = new Date('2026-05-01T12:00:00Z');
    const shop = await testShop({ now: () => () => now });
    const { transact, outside } = shop.parts.persistence;
    const user = aUser();
    const [live, ended] = [
      aSession(user.id, { expiresAt: new Date('2026-05-09T00:00:00Z') }),
      aSession(user.id, { expiresAt: new Date('2026-05-09T00:00:00Z'), endedAt: now }),
    ];
    const [token, endedToken] = [aTokenHash(), aTokenHash()];
    await transact(async ({ users, sessions }) => {
      await users.add(user);
      await sessions.add(live, token, now);
      await sessions.add(ended, endedToken, now);
      const refreshed = Session.refresh(live, now, live.expiresAt, { device: 'Chrome', address: null });
      await sessions.rotate(refreshed, aRotation(token, { at: now }));
    });
    const seen = async () => [
      (await outside.sessions.findToken(token))?.sealedSuccessor?.sealed,
      (await outside.sessions.findToken(token))?.session.previous?.device,
      (await outside.sessions.findToken(endedToken))?.session.id,
    ];
    const DAY = 24 * 3600_000;
    for (const [after, expected] of [
      [90_000, ['sealed', 'Firefox', ended.id]],
      [90_001, [undefined, undefined, ended.id]],
      [DAY, [undefined, undefined, ended.id]],
      [DAY + 1, [undefined, undefined, undefined]],
    ] as const) {
      now = new Date(Date.parse('2026-05-01T12:00:00Z') + after);
      await run(shop, 'purge successors of refresh tokens');
      await run(shop, 'purge sessions');
      expect(await seen(), String(after)).to.deep.equal(expected);
    }
    expect(await outside.sessions.findToken(token), 'a spent token of a live session').to.not.equal(null);
    await shop.close();
  });

  it('Housekeeping removes every token of a mail a day after it expired, and no other', async () => {
    const now = new Date('2026-05-02T12:00:00Z');
    const shop = await testShop({ now: () => () => now });
    const { transact, outside } = shop.parts.persistence;
    const user = aUser();
    const [gone, kept] = ['2026-05-01T11:59:59.999Z', '2026-05-01T12:00:00.000Z'].map((expiresAt) =>
      aMailToken(user.id, { expiresAt: new Date(expiresAt) }),
    );
    await transact(async ({ users, mailTokens }) => {
      await users.add(user);
      for (const token of [gone, kept]) if (token !== undefined) await mailTokens.add(token);
    });
    await run(shop, 'purge mail tokens');
    const found = await Promise.all(
      [gone, kept].map((token) => outside.mailTokens.find(token?.tokenHash ?? '')),
    );
    expect(found).to.deep.equal([null, kept]);
    await shop.close();
  });

  it('Housekeeping forgets every place that its user has not used for 90 days, and no other', async () => {
    const now = new Date('2026-05-02T12:00:00Z');
    const shop = await testShop({ now: () => () => now });
    const { transact, outside } = shop.parts.persistence;
    const user = aUser();
    const places = ['2026-02-01T11:59:59.999Z', '2026-02-01T12:00:00.000Z'].map((seenAt) =>
      aKnownPlace(user.id, { seenAt: new Date(seenAt) }),
    );
    await transact(async ({ users, knownPlaces }) => {
      await users.add(user);
      for (const place of places) await knownPlaces.put(place, 9);
    });
    await run(shop, 'purge known places');
    const seen = places.map(({ placeHash }) => outside.knownPlaces.lastSeen([placeHash]));
    expect(await Promise.all(seen)).to.deep.equal([null, places[1]?.seenAt]);
    await shop.close();
  });

  it('Housekeeping goes on with the next when one purge fails', async () => {
    let purged = 0;
    const shop = await testShop({
      replaceRepositories: () => ({
        idempotency: (original) => ({ ...original, purge: () => Promise.reject(new Error('no purge')) }),
        sessions: (original) => ({
          ...original,
          purge: () => {
            purged += 1;
            return Promise.resolve(0);
          },
        }),
      }),
    });
    const before = purged; // the shop tidies up when it starts, too
    await startChores(choresOf(shop.parts), shop.parts.logger).stop();
    expect(purged).to.be.greaterThan(before);
    await shop.close();
  });

  it('Housekeeping looks for overdue orders again and again, at least every half minute, also after the database was away', async () => {
    expect(EXPIRE_EVERY_MS).to.be.below(30_000);
    let looks = 0;
    const warnings: string[] = [];
    const shop = await testShop({
      replaceRepositories: () => ({
        orders: (original) => ({
          ...original,
          listOverdue: () => {
            looks += 1;
            return looks < 4
              ? Promise.reject(new Error('the database is away'))
              : Promise.resolve({ items: [], next: null });
          },
        }),
      }),
      logger: () =>
        createLogger('warn', {
          write: (line) => {
            const { msg, err } = JSON.parse(line) as { msg: string; err: { message: string } };
            warnings.push(`${msg}: ${err.message}`);
          },
        }),
    });
    const chores = choresOf(shop.parts).filter(({ name }) => name === 'cancel overdue orders');
    const housekeeping = startChores(
      chores.map((chore) => ({ ...chore, everyMs: 1 })),
      shop.parts.logger,
    );
    await eventually(() => looks > 6, 'the database to be asked again');
    await housekeeping.stop();
    const seen = looks;
    expect(warnings).to.deep.equal(
      Array<string>(3).fill('could not cancel overdue orders: the database is away'),
    );
    await shop.close();
    expect(looks, 'after it was stopped').to.equal(seen);
  });

  it('Housekeeping removes every count whose window has ended, and no other', async () => {
    const now = new Date('2026-05-01T12:00:00Z');
    const shop = await testShop({ now: () => () => now });
    const { transact } = shop.parts.persistence;
    const begun = new Date(now.getTime() - 60_000);
    await transact(async ({ rateCounts }) => {
      const ended = new Date(now.getTime() - 1);
      for (let id = 0; id < 600; id += 1) await rateCounts.add(String(id).padStart(64, '0'), 1, begun, ended);
      await rateCounts.add('f'.repeat(64), 1, begun, now);
    });
    await run(shop, 'purge rate counts');
    const left = await transact(({ rateCounts }) => rateCounts.purge(new Date('2030-01-01'), 2000));
    expect(left).to.equal(1);
    await shop.close();
  });

  it('Housekeeping removes the ids of events of other processes after 31 days, in a process that holds some contexts only', async () => {
    const now = new Date('2026-05-01T12:00:00Z');
    const shop = await testShop({ now: () => () => now });
    const { transact } = shop.parts.persistence;
    const kept = new Date('2026-03-31T12:00:00Z');
    const [old, young] = [newId<EventId>(), newId<EventId>()];
    const receive = (id: EventId, at: Date) => transact(({ inbox }) => inbox.receive(id, at));
    await receive(old, new Date(kept.getTime() - 1));
    await receive(young, kept);
    const purges = (contexts: readonly ContextName[]) =>
      choresOf({ ...shop.parts, config: { ...shop.parts.config, contexts } }).filter(
        ({ name }) => name === 'purge ids of received events',
      );
    expect(purges(CONTEXT_NAMES)).to.deep.equal([]);
    for (const { run: purge } of purges(['audit', 'accounts'])) await purge(() => false);
    expect([await receive(old, now), await receive(young, now)]).to.deep.equal([true, false]);
    await shop.close();
  });
});
