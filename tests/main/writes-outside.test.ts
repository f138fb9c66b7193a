import { expect } from 'chai';
import { NO_COUNTS } from '#src/contexts/catalog/domain/import.js';
import { memoryPersistence } from '#src/main/persistence/memory-persistence.js';
import type { Repositories } from '#src/main/persistence/persistence.js';
import {
  aKnownPlace,
  anApiKey,
  aMailToken,
  aRotation,
  aSession,
  aTokenHash,
  aUser,
} from '../support/builders/accounts.js';
import { anEntry } from '../support/builders/audit.js';
import { aCart, aCartLine } from '../support/builders/cart.js';
import { aCategory, aMovement, anImport, aProduct, aReservation } from '../support/builders/catalog.js';
import { aCustomer } from '../support/builders/customers.js';
import { newId } from '../support/builders/ids.js';
import { aBulkCancellation, anOrder, aPlacement } from '../support/builders/ordering.js';
import { anEvent } from '../support/builders/outbox.js';
import { anAttempt, anEndpoint } from '../support/builders/webhooks.js';
import { openedSubject, rejectionOf } from '../support/contract-tools.js';
import { forEachPersistence } from '../support/persistences.js';

type Call<Repository> = (repository: Repository) => Promise<unknown>;

const AT = new Date('2026-05-01T12:00:00.000Z');
const KEY = {
  id: 'a'.repeat(64),
  caller: newId<never>(),
  fingerprint: 'b'.repeat(64),
  at: AT,
  quota: 1_000_000,
};

/** A call of every method that writes or locks. */
const WRITES: { readonly [Name in keyof Repositories]: Readonly<Record<string, Call<Repositories[Name]>>> } =
  {
    users: {
      lock: (users) => users.lock(newId()),
      add: (users) => users.add(aUser()),
      update: (users) => users.update(aUser()),
      remove: (users) => users.remove(aUser()),
    },
    sessions: {
      add: (sessions) => sessions.add(aSession(newId()), aTokenHash(), AT),
      rotate: (sessions) => sessions.rotate(aSession(newId()), aRotation(aTokenHash())),
      replay: (sessions) => sessions.replay(aSession(newId())),
      reauthenticate: (sessions) => sessions.reauthenticate(newId(), AT),
      end: (sessions) => sessions.end(newId(), AT),
      endAll: (sessions) => sessions.endAll(newId(), AT),
    },
    mailTokens: {
      add: (tokens) => tokens.add(aMailToken(newId())),
      consume: (tokens) => tokens.consume(aTokenHash()),
      revokeAll: (tokens) => tokens.revokeAll(newId()),
    },
    knownPlaces: {
      put: (places) => places.put(aKnownPlace(newId()), 1),
    },
    apiKeys: {
      add: (keys) => keys.add(anApiKey(), aTokenHash()),
      update: (keys) => keys.update(anApiKey()),
      noteUse: (keys) => keys.noteUse(newId(), AT, AT),
    },
    catalogChanges: {},
    customers: {
      lock: (customers) => customers.lock(newId()),
      lockOnly: (customers) => customers.lockOnly(newId()),
      add: (customers) => customers.add(aCustomer()),
      update: (customers) => customers.update(aCustomer(), aCustomer()),
      remove: (customers) => customers.remove(aCustomer()),
    },
    products: {
      lockForSale: (products) => products.lockForSale([newId()]),
      add: (products) => products.add(aProduct()),
      update: (products) => products.update(aProduct(), aProduct()),
      addAll: (products) => products.addAll([aProduct()]),
      updateAll: (products) => products.updateAll([{ product: aProduct(), before: aProduct() }]),
      withdraw: (products) => products.withdraw(aProduct()),
    },
    stock: {
      lock: (stock) => stock.lock([newId()]),
      addAll: (stock) => stock.addAll([{ productId: newId(), quantity: 0, version: 0 }]),
      add: (stock) => stock.add({ productId: newId(), quantity: 0, version: 0 }),
      update: (stock) => stock.update([{ productId: newId(), quantity: 0, version: 1 }]),
      record: (stock) => stock.record([aMovement()]),
    },
    categories: {
      add: (categories) => categories.add(aCategory()),
      update: (categories) => categories.update(aCategory()),
      remove: (categories) => categories.remove(aCategory()),
    },
    reservations: {
      lock: (reservations) => reservations.lock(newId()),
      add: (reservations) => reservations.add(aReservation()),
      addFirst: (reservations) => reservations.addFirst(aReservation()),
      update: (reservations) => reservations.update(aReservation()),
    },
    carts: {
      lock: (carts) => carts.lock(newId()),
      add: (carts) => carts.add(aCart()),
      empty: (carts) => carts.empty(newId()),
      update: (carts) => carts.update(aCart({ lines: [aCartLine()] }), aCart()),
      remove: (carts) => carts.remove(newId()),
    },
    orders: {
      add: (orders) => orders.add(anOrder()),
      update: (orders) => orders.update(anOrder()),
      complete: (orders) => orders.complete(1, 0),
      removeAddresses: (orders) => orders.removeAddresses([newId()], AT),
    },
    imports: {
      lock: (imports) => imports.lock(newId()),
      add: (imports) => imports.add(anImport()),
      update: (imports) => imports.update(anImport()),
      count: (imports) => imports.count(newId(), NO_COUNTS, AT),
      addChunk: (imports) => imports.addChunk(newId(), 1, []),
      addErrors: (imports) => imports.addErrors(newId(), [{ line: 1, sku: null, problems: [] }]),
    },
    placements: {
      add: (placements) => placements.add(aPlacement()),
      take: (placements) => placements.take(newId()),
    },
    bulkCancellations: {
      add: (bulks) => bulks.add(aBulkCancellation()),
      update: (bulks) => bulks.update(aBulkCancellation()),
      count: (bulks) => bulks.count(newId()),
    },
    webhookEndpoints: {
      add: (endpoints) => endpoints.add(anEndpoint()),
      update: (endpoints) => endpoints.update(anEndpoint()),
      remove: (endpoints) => endpoints.remove(anEndpoint()),
      lockList: (endpoints) => endpoints.lockList(),
      reviseList: (endpoints) => endpoints.reviseList(),
    },
    webhookAttempts: { add: (attempts) => attempts.add(anAttempt()) },
    auditEntries: { add: (entries) => entries.add(anEntry()) },
    auditSalts: {
      add: (salts) => salts.add(newId(), 'salt'),
      remove: (salts) => salts.remove(newId()),
    },
    idempotency: {
      claim: (idempotency) => idempotency.claim(KEY),
      complete: (idempotency) => idempotency.complete(KEY, { status: 200, headers: {} }, null),
    },
    outbox: {
      add: (outbox) => outbox.add([anEvent()]),
      subscribe: (outbox) => outbox.subscribe({ subscriber: 'a', types: [] }),
      choose: (outbox) => outbox.choose('a', { version: 1, types: [] }),
      unsubscribe: (outbox) => outbox.unsubscribe('a'),
      claim: (outbox) => outbox.claim('a', [newId()], { claimId: newId(), leaseMs: 1 }),
      settle: (outbox) =>
        outbox.settle([
          {
            delivery: { event: { id: newId() }, subscriber: 'a', claimId: newId() },
            outcome: { is: 'dead_lettered' },
          },
        ]),
    },
    inbox: {
      receive: (inbox) => inbox.receive(newId(), AT),
    },
    people: {
      lock: (people) => people.lock(newId()),
      hold: (people) => people.hold(newId(), 1),
      erase: (people) => people.erase(newId(), AT),
    },
    rateCounts: {
      add: (counts) => counts.add('a', 1, AT, AT),
      remove: (counts) => counts.remove('a'),
    },
  };

/** Methods that only read, and those that write to rows which they have found before: nothing is there to be found. */
const READS =
  /^(?:find|list|count(?=[PU])|has|lastSeen|levels|movements|errors|summaries|due|deadLettered|backlogs|dispatch|requeue|purge|takeChunk|discard|forget|removeAll|lockAdministrators)/;

describe('What is read outside of a transaction', () => {
  it('A reader outside a transaction has no method that writes or locks: the compiler refuses it', () => {
    const { outside } = memoryPersistence();
    const planted = [
      // @ts-expect-error: readers do not write
      outside.orders.add,
      // @ts-expect-error: readers do not lock
      outside.stock.lock,
      // @ts-expect-error: readers do not claim
      outside.outbox.claim,
    ];
    expect(planted).to.have.length(3);
  });
});

forEachPersistence((_name, open) => {
  const subject = openedSubject(open, 2);

  describe('a repository outside of a transaction', () => {
    for (const name of Object.keys(WRITES) as (keyof Repositories)[])
      it(`A repository outside a transaction refuses to write: ${name}`, async () => {
        const repository = (subject().outside as Repositories)[name];
        const methods = Object.keys(repository ?? {}).filter((method) => !READS.test(method));
        expect(Object.keys(WRITES[name])).to.have.members(
          methods,
          'each method is a read or has a call here',
        );
        for (const [method, call] of Object.entries(WRITES[name]) as [string, Call<unknown>][])
          expect(await rejectionOf(call(repository)), method).to.match(/outside (?:a|the) transaction/);
      });
  });
});
