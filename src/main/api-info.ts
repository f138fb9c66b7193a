import { readFileSync } from 'node:fs';
import { WEBHOOK_DESCRIPTIONS } from '#src/contexts/webhooks/module.js';
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
    Accounts:
      'Sign-up, log-in, sessions, users and their roles. Begin with [`POST /auth/signup`](#/Accounts/signUp) or ' +
      '[`POST /auth/login`](#/Accounts/logIn); tokens are used as in [RFC 6750](https://www.rfc-editor.org/rfc/rfc6750).',
    Customers:
      'Profiles, address books, export and erasure of personal data. A customer is the profile of a ' +
      '[user](#/Accounts/getMe) and has the same id.',
    Catalog:
      'Products, categories and stock. [`GET /products`](#/Catalog/listProducts) is where a shopper begins; the stock ' +
      'explains each quantity.',
    Cart: 'The cart of the logged-in customer, which [`POST /orders`](#/Orders/placeOrder) turns into an order.',
    Orders:
      'Orders and their status. Send an `Idempotency-Key` ([draft](https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/)) ' +
      'so that a repeated request orders once.',
    Webhooks:
      'Endpoints of other programs that are sent events, signed by [Standard Webhooks](https://www.standardwebhooks.com). Begin ' +
      'with [`POST /webhooks`](#/Webhooks/createWebhook); the payloads are under `webhooks` in this document.',
    Operators:
      'Audit log, health and metrics, in the format of [Prometheus](https://prometheus.io/docs/instrumenting/exposition_formats/).',
    Integrators: 'This document, as [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.0) and as a page.',
  },
  webhooks: WEBHOOK_DESCRIPTIONS,
  commonErrors: failDatabase.pick('busy', 'database_unavailable'),
  commandErrors: failDatabase.pick('outcome_unknown'),
};
