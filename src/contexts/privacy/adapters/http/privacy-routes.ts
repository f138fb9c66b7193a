import { EXAMPLE_CUSTOMER } from '#src/kernel/examples.js';
import type { NewId } from '#src/kernel/ids.js';
import type { Transact } from '#src/kernel/transact.js';
import { parseVersionTag } from '#src/platform/http/pipeline/preconditions.js';
import type { CommandPorts } from '#src/platform/http/pipeline/run-command.js';
import { jsonDocument } from '#src/platform/http/routes/json-document.js';
import { noContent, ok } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import { idParam } from '#src/platform/http/routes/schemas.js';
import { array, object, type ObjectSchema } from '#src/platform/schema/schema.js';
import { accountErrors } from '#src/contexts/accounts/public.js';
import { customerErrors } from '#src/contexts/customers/public.js';
import { orderingErrors } from '#src/contexts/ordering/public.js';
import { erasePerson } from '../../application/erase-person.js';
import { exportPersonalData } from '../../application/export-personal-data.js';
import type { PersonalDataList, PrivacyPorts, PrivacyReaders } from '../../application/ports.js';

/** What the exported document is made of: each context says what its part looks like. */
export interface ExportedParts {
  readonly members: readonly {
    readonly name: string;
    readonly body: ObjectSchema;
    readonly description: string;
  }[];
  readonly lists: readonly (PersonalDataList & {
    readonly body: ObjectSchema;
    readonly description: string;
  })[];
}

export interface PrivacyRoutesDeps extends PrivacyReaders {
  readonly transact: Transact<PrivacyPorts & CommandPorts>;
  readonly exported: ExportedParts;
  readonly newId: NewId;
}

const TAG = 'Customers';

const recentLogInErrors = accountErrors.pick('recent_login_required');

/** A person who is erased at that moment may be missed as a profile or as an account. */
const notFound = [...customerErrors.pick('customer_not_found'), ...accountErrors.pick('user_not_found')];

const erasureErrors = [
  ...recentLogInErrors,
  ...notFound,
  ...accountErrors.pick('last_admin'),
  ...orderingErrors.pick('open_orders'),
];

/** Schema of the document, which is closed: each context has said what its part looks like. */
const documentBody = ({ members, lists }: ExportedParts) =>
  object(
    'PersonalData',
    Object.fromEntries([
      ...members.map(({ name, body, description }) => [name, body.description(description)] as const),
      ...lists.map(({ name, body, description }) => [name, array(body).description(description)] as const),
    ]),
    { description: 'All personal data that the shop holds on one person' },
  );

/** What a person may ask about all that the shop holds on them, and an administrator for them. */
export const privacyRoutes = ({
  transact,
  profiles,
  exported,
  newId,
}: PrivacyRoutesDeps): readonly Route[] => [
  route({
    method: 'get',
    path: '/customers/me/export',
    operationId: 'exportMyData',
    cost: { base: 20 },
    tag: TAG,
    access: 'user',
    summary: 'Export my personal data',
    description:
      'Returns profile, account, sessions, cart, orders and audit events in one JSON document. Passwords and ' +
      'tokens are not included: the shop stores only hashes of them. The export is recorded in the audit log. ' +
      'Requires a log-in within the last ten minutes; a refresh does not count. The document is streamed: orders ' +
      'and audit events are as of the moment at which they are read. If it cannot be completed, the connection is ' +
      'closed before its end.',
    replies: { 200: { body: documentBody(exported) } },
    errors: [...recentLogInErrors, ...notFound],
    transact,
    command: ({ actor }) => exportPersonalData({ profiles, lists: exported.lists })(actor, actor.id),
    reply: (data) => ok(jsonDocument(data)),
  }),
  route({
    method: 'delete',
    path: '/customers/me',
    operationId: 'eraseMe',
    tag: TAG,
    access: 'user',
    summary: 'Erase my account and my personal data',
    description: `Deletes the account, sessions, profile, address book and cart. All tokens stop working at once, and the e-mail address can be used for a new account.
Pending orders are cancelled, and addresses are removed from orders, shortly after the response. Orders are kept for accounting, without a name: only their \`userId\` stays.
Refused while an order is confirmed or shipped, and for the last administrator.
Requires a log-in within the last ten minutes; a refresh does not count.`,
    ifMatch: parseVersionTag,
    replies: { 204: {} },
    errors: erasureErrors,
    transact,
    command: ({ actor, ifMatch }) => erasePerson({ newId })(actor, actor.id, ifMatch),
    reply: noContent,
  }),
  route({
    method: 'delete',
    path: '/customers/:id',
    operationId: 'eraseCustomer',
    tag: TAG,
    access: 'admin',
    ownPath: '/customers/me',
    summary: 'Erase a customer',
    description:
      'Works like `DELETE /customers/me`: personal data is deleted for good, and orders are kept without it. ' +
      'Requires a log-in of the administrator within the last ten minutes; a refresh does not count.',
    params: idParam(EXAMPLE_CUSTOMER.id),
    ifMatch: parseVersionTag,
    replies: { 204: {} },
    errors: erasureErrors,
    transact,
    command: ({ actor, params, ifMatch }) => erasePerson({ newId })(actor, params.id, ifMatch),
    audit: 'recorded',
    reply: noContent,
  }),
];
