import { parseNatsUrl, type NatsServer } from '#src/platform/broker/nats-url.js';
import { string, type ValuesOf } from '#src/platform/schema/schema.js';
import { parsed, variable } from './variable.js';

export const brokerVariables = {
  EVENTS_URL: variable(parsed(parseNatsUrl).optional(), {
    right: 'nats://host:port, with user:password@ or token@ before the host if needed, or tls://…',
    purpose:
      'NATS server, with JetStream, at which the events of the shop are published. A secret if it contains a password or a token.',
    unset: 'none: events are not published',
  }),
  EVENTS_STREAM: variable(string({ pattern: [/^[\w-]{1,64}$/, 'must be a name'] }).default('portico'), {
    right: '1 to 64 letters, digits, - and _',
    purpose:
      'Name of the stream of events, and the first word of their subjects. Each shop of a server needs its own.',
  }),
};

export interface BrokerConfig {
  /** Null publishes no events. */
  readonly events: { readonly server: NatsServer; readonly stream: string } | null;
}

export const brokerConfig = ({
  EVENTS_URL: server,
  EVENTS_STREAM: stream,
}: ValuesOf<typeof brokerVariables>): BrokerConfig => ({
  events: server === undefined ? null : { server, stream },
});
