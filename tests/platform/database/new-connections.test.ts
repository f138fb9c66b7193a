import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect } from '#src/platform/database/connect.js';
import { asOutage } from '#src/platform/database/database-errors.js';
import { errorOf } from './refusal.js';

/** A message of PostgreSQL's protocol: its type, its length and what it says. */
const message = (type: string, body: string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(4 + Buffer.byteLength(body, 'latin1'));
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body, 'latin1')]);
};

/** A packet of MySQL's protocol. */
const packet = (sequence: number, hex: string): Buffer => {
  const body = Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
  return Buffer.concat([Buffer.from([body.length, 0, 0, sequence]), body]);
};

/** Servers that greet a client and shut down in the same breath, as `SERVERS[scheme]` does to a new connection. */
const SERVERS: Readonly<Record<string, (socket: Socket) => void>> = {
  postgres: (socket) => {
    const ready = [message('R', '\0\0\0\0'), message('Z', 'I')];
    const shutDown = message('E', 'SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0');
    socket.once('data', () => socket.end(Buffer.concat([...ready, shutDown])));
  },
  mysql: (socket) => {
    const version = Buffer.from('5.5.5-10.11.19-MariaDB\0').toString('hex');
    const native = Buffer.from('mysql_native_password\0').toString('hex');
    // Protocol 10, thread 1, a nonce, capabilities, utf8mb4, autocommit, and the rest of the nonce.
    socket.write(
      packet(
        0,
        `0a ${version} 01000000 ${'31'.repeat(8)} 00 00a2 2d 0200 0a00 15 ${'00'.repeat(10)} ${'32'.repeat(12)} 00 ${native}`,
      ),
    );
    const shutDown = `ff 1d04 23 ${Buffer.from('08S01Server shutdown in progress').toString('hex')}`;
    socket.once('data', () =>
      socket.end(Buffer.concat([packet(2, '00 00 00 0200 0000'), packet(0, shutDown)])),
    );
  },
};

describe('A connection that the server ends as it is made', () => {
  let server: Server;
  const sockets = new Set<Socket>();
  afterEach(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });

  for (const [scheme, greet] of Object.entries(SERVERS))
    it(`A connection that the server ends as it is made is an outage and does not end the process at ${scheme}://`, async () => {
      server = createServer((socket) => {
        sockets.add(socket.on('error', () => undefined));
        greet(socket);
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const port = String((server.address() as AddressInfo).port);
      const sequelize = connect({ url: `${scheme}://shop:secret@127.0.0.1:${port}/shop`, currency: 'USD' });
      const error = await errorOf(sequelize.query('SELECT 1'));
      expect(asOutage(error)?.code, error.message).to.equal('database_unavailable');
      await sequelize.close();
    });
});
