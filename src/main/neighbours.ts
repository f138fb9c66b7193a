import type { KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import { erasureReceiver } from '#src/contexts/privacy/module.js';
import type { Now } from '#src/kernel/clock.js';
import type { Calls, ContextModule } from '#src/platform/context-module.js';
import { failDatabase } from '#src/platform/database/database-errors.js';
import type { Route } from '#src/platform/http/routes/route.js';
import { callerTokens, type CallerTokens } from '#src/platform/http/services/caller-tokens.js';
import { serviceCircuit, type Circuit, type CircuitReading } from '#src/platform/http/services/circuit.js';
import { serviceForwarder, type ServiceForwarder } from '#src/platform/http/services/forward.js';
import { operationRoute, type Operation } from '#src/platform/http/services/operation.js';
import { serviceClient, type ServiceClient } from '#src/platform/http/services/service-client.js';
import { choiceRoute, eventSender, type EventSender } from '#src/platform/inbox/choice-operation.js';
import { sendEvent } from '#src/platform/inbox/event-operation.js';
import type { Receiver } from '#src/platform/inbox/receiver.js';
import { serviceSubscriber, serviceSubscriberName } from '#src/platform/inbox/service-subscriber.js';
import { lazily } from '#src/platform/lazily.js';
import type { Subscriber } from '#src/platform/outbox/subscriber.js';
import { object } from '#src/platform/schema/schema.js';
import type { ServiceConfig } from './config/index.js';
import { CONTEXTS, type ContextName } from './contexts.js';
import type { Persistence } from './persistence/persistence.js';
import { serviceSecret } from './service-secret.js';
import { BACKEND_NAMES, contextsOf, serviceOf, type BackendName, type ServiceName } from './services.js';

/** The other processes of a shop that runs as services. */
export interface Neighbours {
  /** What all processes of the shop share. */
  readonly secret: KeyObject;
  /** Issues the tokens of callers to the other processes, and verifies theirs. */
  readonly tokens: CallerTokens;
  /** Returns the process that holds a context. */
  readonly holding: (context: ContextName) => Calls;
  /** Passes requests of clients on to the process that holds a context. */
  readonly forwarding: (context: ContextName) => ServiceForwarder;
  /** Deliver the events of this process to those that receive them. */
  readonly subscribers: readonly Subscriber[];
  /** Have the other processes send events on demand. */
  readonly senders: readonly EventSender[];
  /** Whether the other processes respond. */
  readonly circuits: readonly CircuitReading[];
  /** Rejects unless every service is ready. */
  readonly checkAll: () => Promise<null>;
  readonly close: () => Promise<void>;
}

const CHECK: Operation<object, object> = {
  name: 'check',
  summary: 'Check that the process can serve requests',
  request: object('CheckRequest', {}),
  response: object('CheckResponse', {}),
};

/** Returns the route by which other processes check that this one can serve requests. */
export const checkRoute = (persistence: Pick<Persistence, 'check'>): Route =>
  operationRoute(CHECK, async () => {
    await persistence.check();
    return {};
  });

/** Returns what receives events of other processes in a service. */
const receiversOf = (service: BackendName): readonly Pick<Receiver<never>, 'types' | 'onDemand'>[] => {
  const held = contextsOf(service);
  return [
    ...held.flatMap((context) => (CONTEXTS[context] as ContextModule).receives ?? []),
    ...(held.includes('privacy') ? [] : [erasureReceiver]),
  ];
};

/** Returns the types of the events that a service receives; one may be received by several contexts. */
const typesFor = (service: BackendName) => [...new Set(receiversOf(service).flatMap(({ types }) => types))];

/** Returns the routes by which the services that receive events on demand choose them of this one. */
export const choiceRoutes = (
  self: ServiceName | null,
  { transact }: Pick<Persistence, 'transact'>,
): readonly Route[] =>
  BACKEND_NAMES.filter(
    (name) => name !== self && receiversOf(name).some(({ onDemand }) => onDemand === true),
  ).map((name) =>
    choiceRoute({
      transact,
      subscriber: serviceSubscriberName(name),
      always: receiversOf(name).flatMap(({ onDemand, types }) => (onDemand === true ? [] : types)),
    }),
  );

/** Returns an object with a member for each service that holds contexts, made when it is first used. */
const ofEach = <Member>(make: (name: BackendName) => Member) =>
  lazily(
    Object.fromEntries(BACKEND_NAMES.map((name) => [name, () => make(name)])) as Readonly<
      Record<BackendName, () => Member>
    >,
  );

/** Returns the other processes of a shop. A connection is opened when it is first used. */
export const neighboursOf = (
  service: ServiceConfig,
  { logger, now }: { readonly logger: Logger; readonly now: Now },
): Neighbours => {
  const secret = serviceSecret(service, logger);
  const tokens = callerTokens({ secret, self: service.name, now });
  const opened: { close(): Promise<void> }[] = [];
  const stopping: { stop(): void }[] = [];
  const keep = <Opened extends { close(): Promise<void> }>(connection: Opened): Opened => {
    opened.push(connection);
    return connection;
  };
  // One for operations and for forwarded requests: what one of them finds out is true for the others.
  const circuits = ofEach<Circuit>((name) => {
    const circuit = serviceCircuit({ service: name, logger });
    stopping.push(circuit);
    return circuit;
  });
  const to = (name: BackendName) => ({
    service: name,
    origin: service.urls[name],
    tokens,
    circuit: circuits[name],
  });
  const clients = ofEach<ServiceClient>((name) => keep(serviceClient(to(name))));
  const forwarders = ofEach<ServiceForwarder>((name) =>
    keep(serviceForwarder({ ...to(name), failUnknown: () => failDatabase('outcome_unknown') })),
  );
  const others = BACKEND_NAMES.filter((name) => name !== service.name);
  return {
    secret,
    tokens,
    holding: (context) => ({
      call: (operation, request) => clients[serviceOf(context)].call(operation, request),
    }),
    forwarding: (context) => forwarders[serviceOf(context)],
    subscribers: others.flatMap((name) => {
      const types = typesFor(name);
      const send = (event: Parameters<typeof sendEvent>[1]) => sendEvent(clients[name], event);
      return types.length === 0 ? [] : [serviceSubscriber({ service: name, types, send })];
    }),
    senders: others.map((name) => eventSender({ call: (...given) => clients[name].call(...given) })),
    circuits: others.map((name) => circuits[name]),
    checkAll: async () => {
      await Promise.all(BACKEND_NAMES.map((name) => clients[name].call(CHECK, {})));
      return null;
    },
    close: async () => {
      await Promise.all(opened.splice(0).map((connection) => connection.close()));
      for (const circuit of stopping.splice(0)) circuit.stop();
    },
  };
};
