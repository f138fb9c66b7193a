import { createHmac } from 'node:crypto';
import { SECRET_PREFIX } from '../../domain/endpoint.js';

/** Returns the headers of a message by Standard Webhooks 1.0, signed with each of the secrets. */
export const signedHeaders = (
  { id, payload }: { readonly id: string; readonly payload: string },
  secrets: readonly string[],
  at: Date,
): Readonly<Record<string, string>> => {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${payload}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
};
