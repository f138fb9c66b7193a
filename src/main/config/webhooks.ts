import { boolean, type ValuesOf } from '#src/platform/schema/schema.js';
import { variable } from './variable.js';

export const webhookVariables = {
  WEBHOOKS_ALLOW_PRIVATE_TARGETS: variable(boolean().default(false), {
    right: 'true or false',
    purpose:
      'Whether webhook endpoints may be addresses of this machine and of private networks, and http without TLS. For development, ' +
      'and for receivers in the same private network: administrators can then have requests sent to every service there.',
  }),
};

export interface WebhookConfig {
  readonly webhooks: { readonly allowPrivateTargets: boolean };
}

export const webhookConfig = (values: ValuesOf<typeof webhookVariables>): WebhookConfig => ({
  webhooks: { allowPrivateTargets: values.WEBHOOKS_ALLOW_PRIVATE_TARGETS },
});
