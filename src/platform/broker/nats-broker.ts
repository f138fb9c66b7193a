import type * as JetStream from '@nats-io/jetstream';
import type * as Nats from '@nats-io/transport-node';
import { onDemand } from '../lazily.js';
import { CLOUD_EVENT_TYPE } from './cloud-event.js';
import type { EventBroker } from './event-broker.js';
import type { NatsServer } from './nats-url.js';

export interface NatsBrokerOptions {
  readonly server: NatsServer;
  /** Name of the stream, and the first word of its subjects: `portico.order.placed`. */
  readonly stream: string;
  /** How long the server may take to accept a connection, and to store an event. */
  readonly timeoutMs?: number;
}

// Few shops have a broker.
const nats = onDemand<typeof Nats>('@nats-io/transport-node');
const jetStream = onDemand<typeof JetStream>('@nats-io/jetstream');

/**
 * How long a new stream recognises an event that it has stored: far longer than it takes to publish an event again whose
 * acknowledgement was lost.
 */
const RECOGNISED_MS = 3_600_000;

const isMissing = (error: unknown): boolean =>
  error instanceof jetStream().JetStreamApiError &&
  error.code === jetStream().JetStreamApiCodes.StreamNotFound;

interface Connected {
  readonly connection: Nats.NatsConnection;
  readonly client: JetStream.JetStreamClient;
}

/**
 * Publishes to a stream of NATS JetStream, which is created if it does not exist. A connection is opened when it is needed and is not
 * repaired: nothing is buffered in it that could be sent after the event was given up.
 */
export const natsBroker = ({
  server: { address, tls, login },
  stream,
  timeoutMs = 5_000,
}: NatsBrokerOptions): EventBroker => {
  let connected: Promise<Connected> | null = null;

  const requireStream = async (connection: Nats.NatsConnection): Promise<void> => {
    const { streams } = await jetStream().jetstreamManager(connection, {
      timeout: timeoutMs,
      checkAPI: false,
    });
    try {
      await streams.info(stream);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await streams.add({
        name: stream,
        subjects: [`${stream}.>`],
        duplicate_window: nats().nanos(RECOGNISED_MS),
      });
    }
  };

  const connect = async (): Promise<Connected> => {
    const connection = await nats().connect({
      servers: address,
      name: 'portico',
      reconnect: false,
      timeout: timeoutMs,
      ...(tls && { tls: {} }),
      ...login,
    });
    try {
      await requireStream(connection);
    } catch (error) {
      await connection.close();
      throw error;
    }
    return { connection, client: jetStream().jetstream(connection, { timeout: timeoutMs }) };
  };

  /** Opens a connection, which all that need one share until it ends. */
  const open = (): Promise<Connected> => {
    const opening = connect();
    const forget = (): void => {
      if (connected === opening) connected = null;
    };
    opening.then(({ connection }) => connection.closed()).then(forget, forget);
    return (connected = opening);
  };

  return {
    publish: async (event) => {
      const { client } = await (connected ?? open());
      const headers = nats().headers();
      headers.set('Content-Type', CLOUD_EVENT_TYPE);
      await client.publish(
        `${stream}.${event.type.slice(event.type.indexOf('.') + 1)}`,
        JSON.stringify(event),
        {
          ...{ msgID: event.id, expect: { streamName: stream }, headers, timeout: timeoutMs },
        },
      );
    },
    close: async () => {
      const last = await connected?.catch(() => null);
      await last?.connection.close();
    },
  };
};
