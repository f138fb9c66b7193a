import { EXAMPLE_NEW_PRODUCT } from '#src/kernel/examples.js';

/** A request of the collection. What it does not say comes from the examples of its operation. */
export interface Step {
  readonly operationId: string;
  /** Name of the request; the operation's summary unless given. */
  readonly name?: string;
  /** Who sends it; the one whom the operation is for unless given. */
  readonly as?: 'admin';
  /** Values of path parameters. */
  readonly path?: Readonly<Record<string, string>>;
  /** Query parameters that are sent; the others are in the collection, switched off. */
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Script that runs before the request. */
  readonly before?: readonly string[];
  /** Statuses that pass; the documented successes unless given. */
  readonly statuses?: readonly number[];
  /** Variables that are set from the response, which is `json`, beside those of ids and tokens that its example shows. */
  readonly saves?: Readonly<Record<string, string>>;
  /** Further checks of the response: title and condition. */
  readonly checks?: Readonly<Record<string, string>>;
}

export interface Folder {
  readonly name: string;
  readonly description: string;
  readonly steps: readonly Step[];
}

/** Makes names that occur once, so that the collection can run again on the same shop. */
const NEW_RUN = ["pm.collectionVariables.set('run', Date.now().toString(36));"];
/** The token comes with a mail, so the request as it comes is refused; with a token from a mail it succeeds. */
const MAILED = [204, 401];

const newProduct = { id: '{{newProductId}}' };
const newCategory = { id: '{{newCategoryId}}' };
const move = (status: string): Step => ({
  operationId: 'changeOrderStatus',
  name: `Move the order to ${status}`,
  as: 'admin',
  body: { status },
  checks: { [`The order is ${status}`]: `json.status === '${status}'` },
});

const TO_BEGIN: readonly Folder[] = [
  {
    name: 'Look around',
    description: 'What anyone may read. Saves a category and a product that is in stock.',
    steps: [
      { operationId: 'getHome' },
      { operationId: 'getReadiness' },
      { operationId: 'listCategories', saves: { categoryId: 'json.items[0].id' } },
      { operationId: 'getCategory' },
      {
        operationId: 'listProducts',
        query: { inStock: 'true', sort: 'price' },
        saves: { productId: 'json.items[0].id' },
        checks: { 'Each product is in stock': 'json.items.every(({ quantity }) => quantity > 0)' },
      },
      { operationId: 'getProduct' },
      { operationId: 'getPublicKeys' },
    ],
  },
  {
    name: 'Sign up and log in',
    description: 'Signs up a new customer with each run, and saves the tokens of the last log-in.',
    steps: [
      { operationId: 'signUp', before: NEW_RUN },
      { operationId: 'logIn' },
      { operationId: 'refreshSession' },
      { operationId: 'getMe' },
      { operationId: 'changeMe' },
      {
        operationId: 'listSessions',
        saves: { sessionId: 'json.items.find(({ current }) => !current).id' },
        checks: { 'The sign-up and the log-in are two sessions': 'json.items.length === 2' },
      },
      { operationId: 'endSession' },
      { operationId: 'requestEmailVerification' },
      { operationId: 'verifyEmail', statuses: MAILED },
      { operationId: 'changePassword' },
      { operationId: 'requestPasswordReset' },
      { operationId: 'confirmPasswordReset', statuses: MAILED },
    ],
  },
  {
    name: 'Profile and addresses',
    description: 'The profile and the address book of the customer.',
    steps: [
      { operationId: 'getMyProfile' },
      { operationId: 'changeMyProfile' },
      { operationId: 'addMyAddress' },
      { operationId: 'listMyAddresses' },
      { operationId: 'getMyAddress' },
      { operationId: 'replaceMyAddress' },
    ],
  },
  {
    name: 'Cart and order',
    description: 'Fills the cart and orders it. The same request with the same key is the same order.',
    steps: [
      { operationId: 'addToCart' },
      { operationId: 'getCart', saves: { totalPrice: 'json.totalPrice' } },
      { operationId: 'setCartLineQuantity' },
      {
        operationId: 'placeOrder',
        before: ["pm.collectionVariables.set('orderKey', pm.variables.replaceIn('{{$guid}}'));"],
        headers: { 'Idempotency-Key': '{{orderKey}}' },
        checks: { 'The order is pending': "json.status === 'pending'" },
      },
      {
        operationId: 'placeOrder',
        name: 'Repeat the order with the same key',
        headers: { 'Idempotency-Key': '{{orderKey}}' },
        checks: {
          'It is the same order': "json.id === pm.collectionVariables.get('orderId')",
          'It is a stored reply': "pm.response.headers.get('Idempotent-Replayed') === 'true'",
        },
      },
      { operationId: 'getOrder' },
      {
        operationId: 'listMyOrders',
        checks: {
          'The order is the newest one': "json.items[0].id === pm.collectionVariables.get('orderId')",
        },
      },
      { operationId: 'exportMyData' },
    ],
  },
  {
    name: 'Administration: catalogue',
    description: 'Set `adminEmail` and `adminPassword` in the environment first.',
    steps: [
      {
        operationId: 'logIn',
        name: 'Log in as an administrator',
        body: { login: '{{adminEmail}}', password: '{{adminPassword}}' },
        saves: { adminToken: 'json.accessToken' },
        checks: { 'The user is an administrator': "json.user.role === 'admin'" },
      },
      { operationId: 'createCategory' },
      { operationId: 'replaceCategory', path: newCategory, body: { name: 'Kitchen {{run}}' } },
      { operationId: 'createProduct' },
      { operationId: 'changeProduct', path: newProduct },
      {
        operationId: 'replaceProduct',
        path: newProduct,
        body: {
          sku: 'MUG-{{run}}',
          name: EXAMPLE_NEW_PRODUCT.name,
          description: EXAMPLE_NEW_PRODUCT.description,
          price: EXAMPLE_NEW_PRODUCT.price,
          categoryId: '{{newCategoryId}}',
        },
      },
      {
        operationId: 'adjustStock',
        path: newProduct,
        checks: { 'The balance is what was there, and the delta': 'json.balance === 10 + json.delta' },
      },
      { operationId: 'listStockAdjustments', path: newProduct },
    ],
  },
  {
    name: 'Administration: an order until it is delivered',
    description: 'Finds the order from above, and moves it until it is delivered.',
    steps: [
      {
        operationId: 'listOrders',
        query: { status: 'pending', customerId: '{{customerId}}' },
        checks: {
          'The order is among them':
            "json.items.some(({ id }) => id === pm.collectionVariables.get('orderId'))",
        },
      },
      move('confirmed'),
      move('shipped'),
      move('delivered'),
      {
        operationId: 'changeOrderStatus',
        name: 'Refuse to cancel a delivered order',
        as: 'admin',
        body: { status: 'cancelled' },
        statuses: [409],
        checks: { 'The code says why': "json.code === 'illegal_transition' && json.allowed.length === 0" },
      },
    ],
  },
  {
    name: 'Administration: customers, users and the audit log',
    description: 'Customers and their accounts, bulk cancellations, and who did what.',
    steps: [
      { operationId: 'listCustomers', query: { q: 'ann' } },
      { operationId: 'createCustomer' },
      { operationId: 'getCustomer' },
      { operationId: 'changeCustomer' },
      { operationId: 'replaceCustomer' },
      { operationId: 'listUsers', query: { role: 'customer' } },
      { operationId: 'getUser' },
      { operationId: 'changeUser' },
      { operationId: 'cancelOrders', saves: { cancellationId: 'json.id' } },
      { operationId: 'listBulkCancellations', query: { customerId: '{{customerId}}' } },
      { operationId: 'getBulkCancellation', path: { id: '{{cancellationId}}' } },
      { operationId: 'listAuditEntries', query: { subject: '{{newProductId}}' } },
    ],
  },
];

/** What ends or removes what the folders above have made. */
const TO_END: Folder = {
  name: 'Tidy up',
  description: 'Removes what the requests above have created, and ends the sessions.',
  steps: [
    { operationId: 'addToCart' },
    { operationId: 'removeFromCart' },
    { operationId: 'clearCart' },
    { operationId: 'removeMyAddress' },
    { operationId: 'deleteProduct', path: newProduct },
    { operationId: 'deleteCategory', path: newCategory },
    { operationId: 'eraseCustomer', path: { id: '{{otherCustomerId}}' } },
    { operationId: 'logOut' },
    { operationId: 'logIn' },
    { operationId: 'logOutEverywhere' },
    { operationId: 'logIn' },
    { operationId: 'eraseMe' },
  ],
};

/** Returns the journey, with every operation in it: those that no folder names are in one of their own. */
export const journeyOf = (operations: ReadonlyMap<string, readonly number[]>): readonly Folder[] => {
  const named = new Set(
    [...TO_BEGIN, TO_END].flatMap(({ steps }) => steps.map(({ operationId }) => operationId)),
  );
  const others = [...operations].filter(([operationId]) => !named.has(operationId));
  return [
    ...TO_BEGIN,
    {
      name: 'Everything else',
      description: 'The other operations, as their examples are. Some need a value of your own to succeed.',
      steps: others.map(([operationId, statuses]) => ({ operationId, statuses })),
    },
    TO_END,
  ];
};
