import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { openConnection } from '#src/platform/http/connections/connection.js';

describe('A connection', () => {
  const socket = new Socket();
  const request = (url: string) => Object.assign(new IncomingMessage(socket), { url });
  const response = () => new ServerResponse(request('any'));

  it('A connection lets others go first between two requests that were sent at once', async () => {
    const begun: (string | undefined)[] = [];
    const connection = openConnection(socket, {
      work: ({ url }) => void begun.push(url),
      onIdle: () => undefined,
      maxWaiting: 10,
    });
    const first = response();
    connection.serve(request('first'), first);
    connection.serve(request('second'), response());
    first.emit('close');
    expect(begun).to.deep.equal(['first']);
    await nextTurn();
    expect(begun).to.deep.equal(['first', 'second']);
  });

  it('A connection processes a request once that arrives between a response and the next turn', async () => {
    const begun: (string | undefined)[] = [];
    const connection = openConnection(socket, {
      work: ({ url }) => void begun.push(url),
      onIdle: () => undefined,
      maxWaiting: 10,
    });
    const first = response();
    connection.serve(request('first'), first);
    first.emit('close');
    connection.serve(request('second'), response());
    await nextTurn();
    await nextTurn();
    expect(begun).to.deep.equal(['first', 'second']);
  });
});
