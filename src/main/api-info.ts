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
- **Sign in** with \`POST /auth/login\` and send the access token as \`Authorization: Bearer …\`.
- **Errors** are problem documents (RFC 9457) with a stable \`code\`; invalid fields are listed under \`errors\`.
- **Rate limits** are told by \`RateLimit\`, in every answer; what comes on top gets 429 and \`Retry-After\`.
- **Lists** answer \`{items, nextCursor}\`: pass \`nextCursor\` as \`after\` to read on.
- **Conditional requests**: an \`ETag\` sent back as \`If-Match\` guards a change against somebody else's; as
  \`If-None-Match\` it saves reading what has not changed.`,
  tags: {
    Accounts: 'Signing up, signing in, users and their roles',
    Customers: 'Profiles, address books, export and erasure of personal data',
    Catalog: 'Products, categories and stock',
    Cart: 'What a customer means to order',
    Orders: 'What was ordered, and what becomes of it',
    Operators: 'For whoever runs the shop',
    Integrators: 'This document, for machines and for people',
  },
  commonErrors: failDatabase.pick('busy', 'database_unavailable'),
  commandErrors: failDatabase.pick('outcome_unknown'),
};
