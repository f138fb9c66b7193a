import { expect } from 'chai';
import type { IncomingMessage } from 'node:http';
import type { Connection } from '#src/platform/http/connections/connection.js';
import { expectSteadyBody, sendsTooSlowly } from '#src/platform/http/connections/slow-senders.js';

const LIMITS = { requestTimeout: 100, slowestSending: 1_000 };
const INTERVAL = 10;

/** A connection with a request, and what a test changes of it. */
const receiving = () => {
  const socket = { bytesRead: 500 };
  const request = { complete: false, readableLength: 0 };
  // Of a connection no more is looked at.
  const connection = { socket, latest: { request } } as unknown as Pick<Connection, 'socket' | 'latest'>;
  const isLate = sendsTooSlowly(LIMITS, INTERVAL);
  /** How often it is looked at until its client is too slow, or null if that does not happen in a thousand times. */
  const looks = (each: () => void = () => undefined): number | null => {
    for (let n = 1; n <= 1_000; n += 1) {
      if (isLate(connection)) return n;
      each();
    }
    return null;
  };
  return {
    socket,
    request,
    steady: () => {
      expectSteadyBody(request as unknown as IncomingMessage); // the one of the connection
    },
    looks,
  };
};

describe('A body that arrives slowly', () => {
  it('A body that arrives slowly is too late after the time-out, however steadily it comes', () => {
    const { socket, looks } = receiving();
    expect(looks(() => (socket.bytesRead += 1_000))).to.equal(11);
  });

  it('A body that arrives slowly may take as long as it needs where it is read while it arrives, if it is steady', () => {
    const { socket, steady, looks } = receiving();
    steady();
    expect(looks(() => (socket.bytesRead += 10))).to.equal(null); // ten bytes in ten milliseconds
  });

  it('A body that arrives slowly is too late when it is slower than the slowest rate, or stands still', () => {
    const slower = receiving();
    slower.steady();
    expect(slower.looks(() => (slower.socket.bytesRead += 5))).to.equal(20);
    const still = receiving();
    still.steady();
    expect(still.looks()).to.equal(11);
  });

  it('A body that arrives slowly is not too late while the server does not read what has arrived', () => {
    const { request, steady, looks } = receiving();
    request.readableLength = 16_384;
    steady();
    expect(looks()).to.equal(null);
    request.readableLength = 0;
    expect(looks()).to.equal(11);
  });

  it('A body that arrives slowly is in time once it is complete', () => {
    const { request, looks } = receiving();
    request.complete = true;
    expect(looks()).to.equal(null);
    expect(sendsTooSlowly(LIMITS, INTERVAL)({ socket: {} as never, latest: undefined })).to.equal(false);
  });
});
