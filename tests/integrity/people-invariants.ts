import { differences, groupBy, tallyBy, type Invariant } from './invariant.js';

const ids = (rows: readonly { readonly id: string }[]): ReadonlySet<string> =>
  new Set(rows.map(({ id }) => id));

/** What always holds of accounts and all that belongs to them. */
export const peopleInvariants = {
  'an account and its profile are one person': ({ users, customers }) => {
    const profiles = new Map(customers.map((customer) => [customer.id, customer]));
    const known = ids(users);
    return [
      ...users
        .filter(({ id, name, email }) => {
          const profile = profiles.get(id);
          return profile?.name !== name || profile.email !== email;
        })
        .map(({ id }) => `account ${id} has no profile, or one that says something else`),
      ...customers.filter(({ id }) => !known.has(id)).map(({ id }) => `customer ${id} has no account`),
    ];
  },

  'a session has one refresh token, at most, that is not spent': ({ refreshTokens }) =>
    [
      ...groupBy(
        refreshTokens.filter(({ spent }) => !spent),
        ({ sessionId }) => sessionId,
      ),
    ]
      .filter(([, unspent]) => unspent.length > 1)
      .map(([session, unspent]) => `session ${session} has ${String(unspent.length)}`),

  'an address book has one default': ({ addresses }) =>
    [...groupBy(addresses, ({ customerId }) => customerId)]
      .filter(([, book]) => book.filter(({ isDefault }) => isDefault).length !== 1)
      .map(([customer]) => `the book of ${customer}`),

  'nothing is left of a person who is gone': (shop) => {
    const [accounts, profiles, sessions] = [ids(shop.users), ids(shop.customers), ids(shop.sessions)];
    return [
      ...shop.sessions.filter(({ userId }) => !accounts.has(userId)).map(({ id }) => `session ${id}`),
      ...shop.refreshTokens
        .filter(({ sessionId }) => !sessions.has(sessionId))
        .map(({ sessionId }) => `a refresh token of session ${sessionId}`),
      ...shop.addresses
        .filter(({ customerId }) => !profiles.has(customerId))
        .map(({ id }) => `address ${id}`),
      ...shop.carts
        .filter(({ customerId }) => !profiles.has(customerId))
        .map(({ customerId }) => `the cart of ${customerId}`),
      ...shop.replies.filter(({ caller }) => !accounts.has(caller)).map(({ id }) => `answer ${id}`),
      ...shop.orders
        .filter(({ customerId }) => !profiles.has(customerId))
        .filter(({ addressed, status }) => addressed || !['cancelled', 'delivered'].includes(status))
        .map(({ id }) => `order ${id} is open, or says where it went`),
    ];
  },

  'an answer that is kept names at most one order, of its caller, that no other key has made': ({
    replies,
    orders,
  }) => {
    const owners = new Map(orders.map(({ id, customerId }) => [id, customerId]));
    const orderReplies = replies.flatMap(({ orderId, ...reply }) =>
      orderId === null ? [] : [{ ...reply, orderId }],
    );
    return [
      ...replies.filter(({ isKept }) => !isKept).map(({ id }) => `key ${id} is claimed and has no answer`),
      ...orderReplies
        .filter(({ orderId, caller }) => owners.get(orderId) !== caller)
        .map(({ id, orderId }) => `answer ${id} is an order ${orderId} that its caller has not`),
      ...[...groupBy(orderReplies, ({ orderId }) => orderId)]
        .filter(([, all]) => all.length > 1)
        .map(([orderId]) => `order ${orderId} is the answer to several keys`),
    ];
  },

  'what is counted of the answers that are kept for a caller is what they take': ({ replies, usage }) =>
    differences(
      tallyBy(
        replies,
        ({ caller }) => caller,
        ({ bytes }) => bytes,
      ),
      tallyBy(
        usage,
        ({ caller }) => caller,
        ({ bytes }) => bytes,
      ),
      (caller, taken, counted) => `caller ${caller}: ${String(taken)} taken, ${String(counted)} counted`,
    ),
} as const satisfies Readonly<Record<string, Invariant>>;
