import { readFileSync } from 'node:fs';
import { failDatabase } from '#src/platform/database/database-errors.js';
import type { ApiInfo } from '#src/platform/http/openapi/openapi.js';
import { packageFile } from './package-file.js';

const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string };

/** The head of the OpenAPI document. */
export const API_INFO: ApiInfo = {
  title: 'Portico',
  version,
  description: `The back end of a shop: accounts, customers, catalogue, cart and orders.

- **Ids** are UUIDs, **times** are RFC 3339 in UTC, **prices** are numbers in major units (\`19.99\`) with at most the
  decimals of the \`currency\` beside them. A shop has one currency.
- **Log in** with \`POST /auth/login\` and send the access token as \`Authorization: Bearer …\`.
- **Errors** are problem documents (RFC 9457) with a stable \`code\`; invalid fields are listed under \`errors\`.
- **Rate limits** are reported in the header \`RateLimit\`. A request over the limit gets 429 with \`Retry-After\`.
- **Lists** return \`{items, nextCursor}\`: pass \`nextCursor\` as \`after\` to get the next page.
- **Conditional requests**: send an \`ETag\` as \`If-Match\` to change only the version that you read, or as
  \`If-None-Match\` to get 304 if nothing has changed.`,
  tags: {
    Accounts: 'Sign-up, log-in, sessions, users and their roles',
    Customers: 'Profiles, address books, export and erasure of personal data',
    Catalog: 'Products, categories and stock',
    Cart: 'The cart of the logged-in customer',
    Orders: 'Orders and their status',
    Operators: 'Audit log, health and metrics',
    Integrators: 'The API document',
  },
  commonErrors: failDatabase.pick('busy', 'database_unavailable'),
  commandErrors: failDatabase.pick('outcome_unknown'),
};
