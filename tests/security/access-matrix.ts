// Who gets what from which call, written by hand: nothing here is derived from the route table, which is what it checks.
//
// A new route fails tests/security/matrix.test.ts until it has a line here. Ask for each column what the answer has to be,
// before looking what it is; the good body and the ids of the call come from tests/support/operations.ts.
//
// owner   the customer to whom the things belong that path and body name
// other   another customer, with the same path and body: the owner's ids
// admin   an administrator who owns nothing
// none    no token
// bad     a token that is none, or none any more: expired, tampered with, `alg: none`, signed with the public key as HMAC
//         secret, of an unknown `kid`, a refresh token, of a disabled administrator, of a session that was logged out

export type Column = 'owner' | 'other' | 'admin' | 'none' | 'bad';

const MATRIX = `
call                  owner other admin none bad
signUp                201   201   201   201  201
logIn                 200   200   200   200  200
refreshSession        200   200   200   200  200
requestPasswordReset  202   202   202   202  202
confirmPasswordReset  204   204   204   204  204 the mail has gone to another person
verifyEmail           204   204   204   204  204 the mail has gone to another person
requestEmailVerification 202 202  202   401  401
logOut                204   204   204   401  401
logOutEverywhere      204   204   204   401  401
listSessions          200   200   200   401  401
endSession            204   404   404   401  401
getMe                 200   200   200   401  401
changeMe              200   200   200   401  401
changePassword        204   403   403   401  401 the body holds the owner's password
listUsers             403   403   200   401  401
getUser               403   403   200   401  401
changeUser            403   403   200   401  401 to promote or enable, after a log-in of the last ten minutes
listAuditEntries      403   403   200   401  401
getPublicKeys         200   200   200   200  200

getMyProfile          200   200   200   401  401
changeMyProfile       200   200   200   401  401
eraseMe               204   204   204   401  401 after a log-in of the last ten minutes
exportMyData          200   200   200   401  401 after a log-in of the last ten minutes
listMyAddresses       200   200   200   401  401
addMyAddress          201   201   201   401  401
getMyAddress          200   404   404   401  401
replaceMyAddress      200   404   404   401  401
removeMyAddress       204   404   404   401  401
listCustomers         403   403   200   401  401
createCustomer        403   403   201   401  401
getCustomer           403   403   200   401  401
replaceCustomer       403   403   200   401  401
changeCustomer        403   403   200   401  401
eraseCustomer         403   403   204   401  401 after a log-in of the last ten minutes

listProducts          200   200   200   200  200
getProduct            200   200   200   200  200
createProduct         403   403   201   401  401
replaceProduct        403   403   200   401  401
changeProduct         403   403   200   401  401
deleteProduct         403   403   204   401  401
listStockAdjustments  403   403   200   401  401
adjustStock           403   403   201   401  401
listCategories        200   200   200   200  200
getCategory           200   200   200   200  200
createCategory        403   403   201   401  401
replaceCategory       403   403   200   401  401
deleteCategory        403   403   409   401  401 there is a product in it

getCart               200   200   200   401  401
addToCart             200   200   200   401  401
clearCart             200   200   200   401  401
setCartLineQuantity   200   404   404   401  401 one's own cart, in which there is no such line
removeFromCart        200   404   404   401  401

placeOrder            201   409   409   401  401 of one's own cart, which is empty
placeOrderShort       201   409   409   401  401
listOrders            403   403   200   401  401
listMyOrders          200   200   200   401  401
getOrder              200   404   200   401  401
getOrderShort         200   404   200   401  401
changeOrderStatus     200   404   200   401  401
cancelOrders          403   403   202   401  401
listBulkCancellations 403   403   200   401  401
getBulkCancellation   403   403   200   401  401

createWebhook         403   403   201   401  401
listWebhooks          403   403   200   401  401
getWebhook            403   403   200   401  401
changeWebhook         403   403   200   401  401
deleteWebhook         403   403   204   401  401
rotateWebhookSecret   403   403   200   401  401
pingWebhook           403   403   202   401  401
listWebhookEventTypes 403   403   200   401  401
listWebhookDeliveries 403   403   200   401  401
redeliverWebhookEvent 403   403   202   401  401
redeliverWebhookEvents 403  403   202   401  401

getLiveness           200   200   200   200  200
getReadiness          200   200   200   200  200
getMetrics            200   200   200   200  200
getOpenApiJson        200   200   200   200  200
getOpenApiYaml        200   200   200   200  200
getDocs               200   200   200   200  200
getHome               200   200   200   200  200
getDocsAsset          200   200   200   200  200
`;

/** The calls that are 403 `recent_login_required` to a caller whose last log-in was ten minutes ago or earlier. */
export const asksForRecentLogIn: readonly string[] = [
  'eraseMe',
  'exportMyData',
  'eraseCustomer',
  'changeUser',
];

const COLUMNS: readonly Column[] = ['owner', 'other', 'admin', 'none', 'bad'];

const LINE = /^(?<call>\w+) +(?<statuses>\d{3}(?: +\d{3}){4})(?: (?<note>.*))?$/gm;

const matches = Array.from(
  MATRIX.matchAll(LINE),
  ({ groups: { call = '', statuses = '', note = '' } = {} }) => ({
    call,
    statuses: statuses.split(/ +/).map(Number),
    note,
  }),
);

const lines: ReadonlyMap<string, readonly number[]> = new Map(
  matches.map(({ call, statuses }) => [call, statuses]),
);

/** What is said of a call beside its statuses, '' for most. */
export const notes: ReadonlyMap<string, string> = new Map(matches.map(({ call, note }) => [call, note]));

/** The calls that have a line. */
export const expectedCalls: readonly string[] = [...lines.keys()];

/** The status that the matrix demands; undefined for a call that has no line. */
export const expectedStatus = (operationId: string, column: Column): number | undefined =>
  lines.get(operationId)?.[COLUMNS.indexOf(column)];
