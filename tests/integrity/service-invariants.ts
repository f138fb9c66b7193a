import { QueryTypes } from 'sequelize';
import { auditTables } from '#src/contexts/audit/adapters/sequelize/audit-tables.js';
import { catalogTables } from '#src/contexts/catalog/adapters/sequelize/catalog-tables.js';
import { orderTables } from '#src/contexts/ordering/adapters/sequelize/order-tables.js';
import { webhookTables } from '#src/contexts/webhooks/adapters/sequelize/webhook-tables.js';
import { CONTEXTS } from '#src/main/contexts.js';
import { BACKEND_NAMES, contextsOf, type BackendName } from '#src/main/services.js';
import type { ContextModule } from '#src/platform/context-module.js';
import { findRows } from '#src/platform/database/rows.js';
import type { SqlScope } from '#src/platform/database/scope.js';
import type { RowIn } from '#src/platform/database/tables.js';
import { inboxTables } from '#src/platform/inbox/sequelize-inbox.js';
import { outboxTables } from '#src/platform/outbox/sequelize-outbox-repository.js';
import { differences, tallyBy } from './invariant.js';
import { anomaliesIn } from './invariants.js';
import { readServices, type ShopSnapshot } from './snapshot.js';

export type Databases = Readonly<Record<BackendName, SqlScope>>;

interface Movement {
  readonly productId: string;
  readonly delta: number;
  readonly reason: string;
  readonly orderId: string | null;
  readonly note: string | null;
  readonly sequence: number;
}

const noted = (words: string, { note }: Movement): string | null =>
  new RegExp(`^${words}.* order ([\\da-f-]{36})`).exec(note ?? '')?.[1] ?? null;
const releasedFor = (movement: Movement): string | null => noted('Released:', movement);
const takenAgainFor = (movement: Movement): string | null => noted('Taken again:', movement);

/**
 * Returns the ledger as one process would have written it: what a reservation has taken for an order that was not placed belongs to no
 * order, and what was returned before its order was placed, and not taken again, counts as the cancellation's.
 */
const asOneProcess = (shop: ShopSnapshot, movements: readonly Movement[]): ShopSnapshot => {
  const placed = new Set(shop.orders.map(({ id }) => id));
  const key = (orderId: string | null, productId: string) => `${String(orderId)} ${productId}`;
  const again = new Set(movements.map((row) => key(takenAgainFor(row), row.productId)));
  const notes = new Map(movements.map((row) => [`${row.productId} ${String(row.sequence)}`, row]));
  return {
    ...shop,
    ledger: shop.ledger.map((row) => {
      if (row.orderId !== null)
        return placed.has(row.orderId) ? row : { ...row, orderId: null, reason: 'adjustment' as const };
      const found = notes.get(`${row.productId} ${String(row.sequence)}`);
      const orderId = found === undefined ? null : releasedFor(found);
      return orderId !== null && placed.has(orderId) && !again.has(key(orderId, row.productId))
        ? { ...row, orderId, reason: 'cancellation' as const }
        : row;
    }),
  };
};

/** Returns the stock of orders that were not placed, where it did not come back exactly once. */
const unplacedStock = ({ orders }: ShopSnapshot, movements: readonly Movement[]): readonly string[] => {
  const placed = new Set(orders.map(({ id }) => id));
  const tally = (orderOf: (row: Movement) => string | null, sign: number) =>
    tallyBy(
      movements.filter((row) => orderOf(row) !== null && !placed.has(String(orderOf(row)))),
      (row) => `product ${row.productId} for ${String(orderOf(row))}, which was not placed`,
      ({ delta }) => sign * delta,
    );
  return differences(
    tally(({ orderId }) => orderId, -1),
    tally(releasedFor, 1),
    (what, taken, back) => `${what}: ${String(taken)} taken, ${String(back)} came back`,
  );
};

const reservationsOf = async (
  { product }: Databases,
  { orders }: ShopSnapshot,
): Promise<readonly string[]> => {
  const rows = await findRows(catalogTables(product.sequelize).reservations, {}, product);
  const states = new Map(rows.map(({ orderId, state }) => [orderId as string, state]));
  const placed = new Set(orders.map(({ id }) => id));
  const wrong = orders.filter(({ id, status }) => {
    const state = states.get(id);
    return status === 'cancelled' ? state !== 'cancelled' && state !== 'failed' : state !== 'confirmed';
  });
  return [
    ...wrong.map(({ id, status }) => `order ${id} is ${status}, its reservation ${String(states.get(id))}`),
    ...[...states]
      .filter(([id, state]) => state !== 'released' && !placed.has(id))
      .map(([id, state]) => `a reservation is ${state}, and there is no order ${id}`),
  ];
};

const typesFor = (service: BackendName, isOnDemand: boolean): ReadonlySet<string> =>
  new Set(
    contextsOf(service).flatMap((context) =>
      ((CONTEXTS[context] as ContextModule).receives ?? [])
        .filter(({ onDemand = false }) => onDemand === isOnDemand)
        .flatMap(({ types }) => types as readonly string[]),
    ),
  );

type EventRow = RowIn<ReturnType<typeof outboxTables>['events']>;

/** Returns whether a webhook endpoint had chosen an event when it occurred: every endpoint is as it was created. */
const chosenBy = async ({ user }: Databases): Promise<(event: EventRow) => boolean> => {
  const endpoints = await findRows(webhookTables(user.sequelize).endpoints, {}, user);
  return ({ type, occurredAt }) =>
    endpoints.some(
      ({ eventTypes, createdAt }) =>
        createdAt <= occurredAt && (JSON.parse(eventTypes) as readonly string[]).includes(type),
    );
};

/** Returns the events that a service has not received, and those that it has received and no service has sent. */
const inboxesOf = async (databases: Databases): Promise<readonly string[]> => {
  const sent = await Promise.all(
    BACKEND_NAMES.map(async (name) => {
      const { sequelize } = databases[name];
      return { name, events: await findRows(outboxTables(sequelize).events, {}, databases[name]) };
    }),
  );
  const isChosen = await chosenBy(databases);
  const found = await Promise.all(
    BACKEND_NAMES.map(async (receiver) => {
      const scope = databases[receiver];
      const [always, onDemand] = [typesFor(receiver, false), typesFor(receiver, true)];
      const there = await findRows(inboxTables(scope.sequelize).events, {}, scope);
      const received = new Set(there.map(({ eventId }) => eventId));
      // An event that no endpoint has chosen may be received or not.
      const isDue = (event: EventRow): boolean =>
        always.has(event.type) || (onDemand.has(event.type) && (isChosen(event) || received.has(event.id)));
      const due = sent.filter(({ name }) => name !== receiver).flatMap(({ events }) => events.filter(isDue));
      const tally = (ids: readonly string[]) =>
        tallyBy(
          ids,
          (id) => id,
          () => 1,
        );
      return differences(
        tally(due.map(({ id }) => id)),
        tally(there.map(({ eventId }) => eventId)),
        (id, times, receipts) =>
          `event ${id}: sent ${String(times)}, received ${String(receipts)} by ${receiver}`,
      );
    }),
  );
  return found.flat();
};

/** Returns how many events each service has recorded and received. */
const countEvents = (databases: Databases): Promise<readonly string[]> =>
  Promise.all(
    BACKEND_NAMES.map(async (name) => {
      const sql =
        'SELECT (SELECT COUNT(*) FROM outbox_events) + (SELECT COUNT(*) FROM inbox_events) AS "events"';
      const [row] = await databases[name].sequelize.query<{ readonly events: number | string }>(sql, {
        type: QueryTypes.SELECT,
      });
      return String(row?.events);
    }),
  );

const openIn = async (databases: Databases): Promise<readonly string[]> => {
  const { product, transaction } = databases;
  const waiting = await Promise.all(
    BACKEND_NAMES.map(async (name) => {
      const { sequelize } = databases[name];
      const { events, deliveries } = outboxTables(sequelize);
      return [
        ...(await findRows(events, { where: { dispatchedAt: null } }, databases[name])).map(
          ({ type }) => `${type} of ${name}`,
        ),
        ...(await findRows(deliveries, {}, databases[name])).map(
          ({ eventId, subscriber, state }) => `${eventId} of ${name} for ${subscriber}: ${state}`,
        ),
      ];
    }),
  );
  const placements = await findRows(orderTables(transaction.sequelize).placements, {}, transaction);
  const { reservations } = catalogTables(product.sequelize);
  const reserved = await findRows(reservations, { where: { state: 'reserved' } }, product);
  return [
    ...waiting.flat(),
    ...placements.map(({ id }) => `placement ${id}`),
    ...reserved.map(({ orderId }) => `reservation ${orderId}`),
  ];
};

/**
 * Returns what is not over yet: events on their way, placements, reservations of which it is open whether they are confirmed. The
 * databases are not read at one moment, so that an event could go from one that is still to be read to one that has been read:
 * nothing is on its way only if no event was recorded or received meanwhile.
 */
export const unsettled = async (databases: Databases): Promise<readonly string[]> => {
  const before = await countEvents(databases);
  const found = await openIn(databases);
  const after = await countEvents(databases);
  return before.join() === after.join() ? found : [...found, 'events that were just recorded or received'];
};

/** What clients were told, and what that means. */
export interface Told {
  /** The lines of each acknowledged order, and whether its cancellation was acknowledged. */
  readonly orders: ReadonlyMap<
    string,
    { readonly customerId: string; readonly lines: ReadonlyMap<string, number>; readonly cancelled: boolean }
  >;
  /** The orders that a key was responded to with. */
  readonly keys: ReadonlyMap<string, ReadonlySet<string>>;
  /** Requests without a key whose outcome was never known, of each customer: so many orders more there may be. */
  readonly unknown: ReadonlyMap<string, number>;
  /** Units that were put in the cart, by customer and product. */
  readonly carted: ReadonlyMap<string, number>;
  /** Units that came into stock by an administrator, by product. */
  readonly supplied: ReadonlyMap<string, number>;
  /** Acknowledged commands of the administrator, by action and subject. */
  readonly commands: ReadonlyMap<string, number>;
  /** Acknowledged imports: the SKUs of the rows that could be applied, which are new, and how many others there were. */
  readonly imports: ReadonlyMap<string, { readonly skus: readonly string[]; readonly refused: number }>;
}

export const cartKey = (customerId: string, productId: string): string => `${productId} of ${customerId}`;

/** Returns the acknowledged imports that have not ended as their files say. */
const unlikeFiles = (shop: ShopSnapshot, { imports }: Pick<Told, 'imports'>): readonly string[] => {
  const found = new Map(shop.imports.map((each) => [each.id, each]));
  const skus = new Set(shop.products.map(({ sku }) => sku));
  return [...imports].flatMap(([id, file]) => {
    const there = found.get(id);
    const applied = there === undefined ? 0 : there.created + there.updated + there.unchanged;
    return [
      ...(there?.status === 'finished' && applied === file.skus.length && there.refused === file.refused
        ? []
        : [
            `import ${id} is ${String(there?.status)}: ${String(applied)} of ${String(file.skus.length)} rows`,
          ]),
      ...file.skus.filter((sku) => !skus.has(sku)).map((sku) => `there is no ${sku}, which was imported`),
    ];
  });
};

const unlikeTold = async (
  { user }: Databases,
  shop: ShopSnapshot,
  { orders, keys, unknown, carted, supplied, commands, imports }: Told,
): Promise<readonly string[]> => {
  const rows = new Map(shop.orders.map((order) => [order.id, order]));
  const linesOf = (id: string) =>
    new Map(
      shop.orderLines
        .filter(({ orderId }) => orderId === id)
        .map(({ productId, quantity }) => [productId, quantity]),
    );
  const entries = await findRows(auditTables(user.sequelize).entries, {}, user);
  const owner = new Map(shop.orders.map(({ id, customerId }) => [id, customerId]));
  const kept = tallyBy(
    shop.cartLines,
    (line) => cartKey(line.customerId, line.productId),
    ({ quantity }) => quantity,
  );
  const ordered = tallyBy(
    shop.orderLines,
    (line) => cartKey(String(owner.get(line.orderId)), line.productId),
    ({ quantity }) => quantity,
  );
  const cancelled = new Set(shop.orders.filter(({ status }) => status === 'cancelled').map(({ id }) => id));
  const sold = tallyBy(
    shop.orderLines.filter(({ orderId }) => !cancelled.has(orderId)),
    ({ productId }) => productId,
    ({ quantity }) => quantity,
  );
  const left = tallyBy(
    shop.stock,
    ({ productId }) => productId,
    ({ quantity }) => quantity,
  );
  const sum = (one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>) =>
    new Map(
      [...one.keys(), ...other.keys()].map((key) => [key, (one.get(key) ?? 0) + (other.get(key) ?? 0)]),
    );
  return [
    ...[...orders].flatMap(([id, told]) => {
      const row = rows.get(id);
      if (row === undefined) return [`the acknowledged order ${id} is gone`];
      return [
        ...differences(
          told.lines,
          linesOf(id),
          (product, one, other) =>
            `order ${id}: ${String(one)} of ${product} acknowledged, ${String(other)} there`,
        ),
        ...(told.cancelled && row.status !== 'cancelled'
          ? [`order ${id} is ${row.status} although its cancellation was acknowledged`]
          : []),
        ...(row.customerId === told.customerId ? [] : [`order ${id} is of another customer`]),
      ];
    }),
    ...[...keys]
      .filter(([, ids]) => ids.size > 1)
      .map(([key, ids]) => `key ${key} has made ${[...ids].join(' and ')}`),
    ...[
      ...tallyBy(
        shop.orders.filter(({ id }) => !orders.has(id)),
        ({ customerId }) => customerId,
        () => 1,
      ),
    ]
      .filter(([customer, count]) => count > (unknown.get(customer) ?? 0))
      .map(([customer, count]) => `customer ${customer} has ${String(count)} orders that nobody was told of`),
    ...differences(
      carted,
      sum(kept, ordered),
      (what, put, found) => `${what}: ${String(put)} put in the cart, ${String(found)} there or ordered`,
    ),
    ...differences(
      supplied,
      sum(left, sold),
      (id, came, found) => `product ${id}: ${String(came)} supplied, ${String(found)} left or sold`,
    ),
    ...unlikeFiles(shop, { imports }),
    ...[...commands].flatMap(([what, times]) => {
      const found = entries.filter(
        ({ action, subjectId }) => `${action} ${String(subjectId)}` === what,
      ).length;
      return found === times
        ? []
        : [`${what}: acknowledged ${String(times)} times, ${String(found)} audit entries`];
    }),
  ];
};

/** Returns where the databases of the services disagree with each other, and with what clients were told. Nothing may be unsettled. */
export const serviceAnomalies = async (databases: Databases, told: Told): Promise<readonly string[]> => {
  const { product } = databases;
  const shop = await readServices(databases);
  const movements = await findRows(catalogTables(product.sequelize).ledger, {}, product);
  return [
    ...anomaliesIn(asOneProcess(shop, movements)).map(({ invariant, detail }) => `${invariant}: ${detail}`),
    ...unplacedStock(shop, movements),
    ...(await reservationsOf(databases, shop)),
    ...(await inboxesOf(databases)),
    ...(await unlikeTold(databases, shop, told)),
  ];
};

/**
 * Returns where the database of a shop that was services before, and is one process now, disagrees with itself, and with what clients
 * were told.
 */
export const mergedAnomalies = async (merged: SqlScope, told: Told): Promise<readonly string[]> => {
  const databases = { user: merged, customer: merged, product: merged, transaction: merged };
  const shop = await readServices(databases);
  const movements = await findRows(catalogTables(merged.sequelize).ledger, {}, merged);
  return [
    ...anomaliesIn(asOneProcess(shop, movements)).map(({ invariant, detail }) => `${invariant}: ${detail}`),
    ...unplacedStock(shop, movements),
    ...(await unlikeTold(databases, shop, told)),
  ];
};
