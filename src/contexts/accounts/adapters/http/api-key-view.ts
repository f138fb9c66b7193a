import { SCOPES } from '#src/kernel/actor.js';
import { EXAMPLE_ADMINISTRATOR, EXAMPLE_API_KEY, EXAMPLE_TIME } from '#src/kernel/examples.js';
import { createdAt, pageOf } from '#src/platform/http/routes/schemas.js';
import {
  array,
  enumeration,
  instant,
  object,
  string,
  text,
  timestamp,
  uuid,
  type ValueOf,
} from '#src/platform/schema/schema.js';
import type { CreatedApiKey } from '../../application/api-keys.js';
import type { ApiKey } from '../../domain/api-key.js';

const scope = () => enumeration('Scope', 'What an API key may be allowed to do', SCOPES);

const EXAMPLE_EXPIRY = '2099-12-31T23:59:59.000Z';

export const apiKeyCreateBody = object(
  'ApiKeyCreate',
  {
    name: text(120).description('What the key is for').example(EXAMPLE_API_KEY.name),
    scopes: array(scope(), { min: 1, max: SCOPES.length })
      .description('What the key may do; an operation names the scope that it requires')
      .example(EXAMPLE_API_KEY.scopes),
    expiresAt: instant()
      .nullable()
      .description('Time from which the key is refused, in the future; `null` or absent: it does not expire')
      .example(EXAMPLE_EXPIRY)
      .optional(),
  },
  { description: 'A new API key' },
);

const fields = {
  id: uuid().description('Id of the API key').example(EXAMPLE_API_KEY.id),
  name: string().description('What the key is for').example(EXAMPLE_API_KEY.name),
  prefix: string()
    .description('The beginning of the key, by which you recognise it')
    .example(EXAMPLE_API_KEY.secret.slice(0, 9)),
  scopes: array(scope()).description('What the key may do').example(EXAMPLE_API_KEY.scopes),
  createdBy: uuid()
    .description('Id of the administrator who created the key')
    .example(EXAMPLE_ADMINISTRATOR.id),
  createdAt: createdAt(),
  expiresAt: timestamp()
    .nullable()
    .description('Time from which the key is refused; null if it does not expire')
    .example(EXAMPLE_EXPIRY),
  lastUsedAt: timestamp()
    .nullable()
    .description('Time of the last request with the key, up to a minute early; null if there was none')
    .example(EXAMPLE_TIME),
  revokedAt: timestamp().nullable().description('Time at which the key was revoked; null if it was not'),
};

export const apiKeyBody = object('ApiKey', fields, {
  description: 'An API key of the shop, without its secret',
});

export const apiKeyPageBody = pageOf('ApiKeyPage', apiKeyBody);

export const createdApiKeyBody = object(
  'CreatedApiKey',
  {
    ...fields,
    lastUsedAt: fields.lastUsedAt.example(null),
    secret: string()
      .description('The key itself, shown only here. Send it as `Authorization: Bearer pk_…`')
      .example(EXAMPLE_API_KEY.secret),
  },
  { description: 'An API key that has just been created, with its secret' },
);

export const viewApiKey = ({
  id,
  name,
  prefix,
  scopes,
  createdBy,
  ...times
}: ApiKey): ValueOf<typeof apiKeyBody> => ({
  ...{ id, name, prefix, scopes, createdBy },
  createdAt: times.createdAt.toISOString(),
  expiresAt: times.expiresAt?.toISOString() ?? null,
  lastUsedAt: times.lastUsedAt?.toISOString() ?? null,
  revokedAt: times.revokedAt?.toISOString() ?? null,
});

export const viewCreatedApiKey = ({ key, secret }: CreatedApiKey): ValueOf<typeof createdApiKeyBody> => ({
  ...viewApiKey(key),
  secret,
});
