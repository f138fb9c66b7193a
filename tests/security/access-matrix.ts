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
//         secret, of an unknown `kid`, a refresh token, of a disabled administrator, of a session that was logged out; or an
//         API key that is unknown, mistyped, revoked or expired
// key     an API key with the scope alone; with all scopes where none opens the call
// scope   the scope that opens the call to API keys, and `-` where none does

import { SCOPES, type Scope } from '#src/kernel/actor.js';

/** The last one is not written: keys with all scopes but that of the call are 403. */
export type Column = 'owner' | 'other' | 'admin' | 'none' | 'bad' | 'key' | 'unscoped';

const MATRIX = `
call                  owner other admin none bad key scope
signUp                201   201   201   201  201 201 -
logIn                 200   200   200   200  200 200 -
refreshSession        200   200   200   200  200 200 -
requestPasswordReset  202   202   202   202  202 202 -
confirmPasswordReset  204   204   204   204  204 204 - the mail has gone to another person
verifyEmail           204   204   204   204  204 204 - the mail has gone to another person
requestEmailVerification 202 202  202   401  401 403 -
logOut                204   204   204   401  401 403 -
logOutEverywhere      204   204   204   401  401 403 -
listSessions          200   200   200   401  401 403 -
endSession            204   404   404   401  401 403 -
getMe                 200   200   200   401  401 403 -
changeMe              200   200   200   401  401 403 -
changePassword        204   403   403   401  401 403 - the body holds the owner's password
listUsers             403   403   200   401  401 403 -
getUser               403   403   200   401  401 403 -
changeUser            403   403   200   401  401 403 - to promote or enable, after a log-in of the last ten minutes
listAuditEntries      403   403   200   401  401 403 -
createApiKey          403   403   201   401  401 403 - after a log-in of the last ten minutes
listApiKeys           403   403   200   401  401 403 -
getApiKey             403   403   200   401  401 403 -
revokeApiKey          403   403   204   401  401 403 -
getPublicKeys         200   200   200   200  200 200 -

getMyProfile          200   200   200   401  401 403 -
changeMyProfile       200   200   200   401  401 403 -
eraseMe               204   204   204   401  401 403 - after a log-in of the last ten minutes
exportMyData          200   200   200   401  401 403 - after a log-in of the last ten minutes
listMyAddresses       200   200   200   401  401 403 -
addMyAddress          201   201   201   401  401 403 -
getMyAddress          200   404   404   401  401 403 -
replaceMyAddress      200   404   404   401  401 403 -
removeMyAddress       204   404   404   401  401 403 -
listCustomers         403   403   200   401  401 200 customers:read
createCustomer        403   403   201   401  401 201 customers:write
getCustomer           403   403   200   401  401 200 customers:read
replaceCustomer       403   403   200   401  401 200 customers:write
changeCustomer        403   403   200   401  401 200 customers:write
eraseCustomer         403   403   204   401  401 403 - after a log-in of the last ten minutes

listProducts          200   200   200   200  200 200 -
getProduct            200   200   200   200  200 200 -
createProduct         403   403   201   401  401 201 catalog:write
replaceProduct        403   403   200   401  401 200 catalog:write
changeProduct         403   403   200   401  401 200 catalog:write
deleteProduct         403   403   204   401  401 204 catalog:write
listStockAdjustments  403   403   200   401  401 200 catalog:read
adjustStock           403   403   201   401  401 201 catalog:write
listCategories        200   200   200   200  200 200 -
getCategory           200   200   200   200  200 200 -
importProducts        403   403   202   401  401 202 catalog:write
exportProducts        403   403   200   401  401 200 catalog:read
listImports           403   403   200   401  401 200 catalog:write
getImport             403   403   200   401  401 200 catalog:write
listImportErrors      403   403   200   401  401 200 catalog:write
cancelImport          403   403   200   401  401 200 catalog:write
createCategory        403   403   201   401  401 201 catalog:write
replaceCategory       403   403   200   401  401 200 catalog:write
deleteCategory        403   403   409   401  401 409 catalog:write there is a product in it

getCart               200   200   200   401  401 403 -
addToCart             200   200   200   401  401 403 -
clearCart             200   200   200   401  401 403 -
setCartLineQuantity   200   404   404   401  401 403 - one's own cart, in which there is no such line
removeFromCart        200   404   404   401  401 403 -

placeOrder            201   409   409   401  401 403 - of one's own cart, which is empty
placeOrderShort       201   409   409   401  401 403 -
listOrders            403   403   200   401  401 200 orders:read
listMyOrders          200   200   200   401  401 403 -
getOrder              200   404   200   401  401 200 orders:read
getOrderShort         200   404   200   401  401 200 orders:read
changeOrderStatus     200   404   200   401  401 200 orders:write
cancelOrders          403   403   202   401  401 403 -
listBulkCancellations 403   403   200   401  401 403 -
getBulkCancellation   403   403   200   401  401 403 -

createWebhook         403   403   201   401  401 201 webhooks:manage
listWebhooks          403   403   200   401  401 200 webhooks:manage
getWebhook            403   403   200   401  401 200 webhooks:manage
changeWebhook         403   403   200   401  401 200 webhooks:manage
deleteWebhook         403   403   204   401  401 204 webhooks:manage
rotateWebhookSecret   403   403   200   401  401 200 webhooks:manage
pingWebhook           403   403   202   401  401 202 webhooks:manage
listWebhookEventTypes 403   403   200   401  401 200 webhooks:manage
listWebhookDeliveries 403   403   200   401  401 200 webhooks:manage
redeliverWebhookEvent 403   403   202   401  401 202 webhooks:manage
redeliverWebhookEvents 403  403   202   401  401 202 webhooks:manage

getLiveness           200   200   200   200  200 200 -
getReadiness          200   200   200   200  200 200 -
getMetrics            200   200   200   200  200 200 -
getOpenApiJson        200   200   200   200  200 200 -
getOpenApiYaml        200   200   200   200  200 200 -
getDocs               200   200   200   200  200 200 -
getHome               200   200   200   200  200 200 -
getDocsAsset          200   200   200   200  200 200 -
getDemoPicture        200   200   200   200  200 200 -
`;

/** The calls that are 403 `recent_login_required` to a caller whose last log-in was ten minutes ago or earlier. */
export const asksForRecentLogIn: readonly string[] = [
  'eraseMe',
  'exportMyData',
  'eraseCustomer',
  'changeUser',
  'createApiKey',
];

const COLUMNS: readonly Column[] = ['owner', 'other', 'admin', 'none', 'bad', 'key'];

const LINE = /^(?<call>\w+) +(?<statuses>\d{3}(?: +\d{3}){5}) (?<scope>[a-z]+:[a-z]+|-)(?: (?<note>.*))?$/gm;

const matches = Array.from(
  MATRIX.matchAll(LINE),
  ({ groups: { call = '', statuses = '', scope = '', note = '' } = {} }) => ({
    call,
    scope: SCOPES.find((each) => each === scope) ?? null,
    statuses: statuses.split(/ +/).map(Number),
    note,
  }),
);

const lines: ReadonlyMap<string, readonly number[]> = new Map(
  matches.map(({ call, statuses }) => [call, statuses]),
);

/** What is said of a call beside its statuses, '' for most. */
export const notes: ReadonlyMap<string, string> = new Map(matches.map(({ call, note }) => [call, note]));

/** The scopes that open calls to API keys; null for a call that none opens. */
export const scopes: ReadonlyMap<string, Scope | null> = new Map(
  matches.map(({ call, scope }) => [call, scope]),
);

/** The calls that have a line. */
export const expectedCalls: readonly string[] = [...lines.keys()];

/** The status that the matrix demands; undefined for a call that has no line. */
export const expectedStatus = (operationId: string, column: Column): number | undefined => {
  if (column === 'unscoped')
    return scopes.get(operationId) === null ? expectedStatus(operationId, 'key') : 403;
  return lines.get(operationId)?.[COLUMNS.indexOf(column)];
};
