import { createReadStream, type ReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { string } from '#src/platform/schema/schema.js';
import { ok } from '#src/platform/http/routes/reply.js';
import { route } from '#src/platform/http/routes/route.js';
import { eventually } from '../../support/eventually.js';
import { nextResponse } from '../../support/next-response.js';
import { dial } from '../../support/raw-http.js';
import { startPlanted, type PlantedApp } from './planted-app.js';

/** More than the kernel keeps for a client that does not read. */
const SIZE = 16 * 1024 * 1024;
const REQUEST = 'GET /file HTTP/1.1\r\nHost: x\r\n\r\n';

describe('A response that is a stream', () => {
  let folder: string;
  let shop: PlantedApp;
  let file: string;
  let streams: ReadStream[];
  let before: () => Promise<void>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portico-stream-'));
    file = join(folder, 'file.txt');
    await writeFile(file, Buffer.alloc(SIZE, 'x'));
    streams = [];
    before = () => Promise.resolve();
    const streamed = route({
      method: 'get',
      path: '/file',
      operationId: 'getFile',
      tag: 'Things',
      access: 'anyone',
      summary: 'Planted',
      replies: { 200: { body: string(), mediaType: 'text/plain', headers: ['ETag'] } },
      query: () => before(),
      reply: () => {
        const stream = createReadStream(file);
        streams.push(stream);
        return ok(stream, { etag: 'v1' });
      },
    });
    shop = await startPlanted({ extra: [streamed], graceMs: 500 });
  });
  afterEach(async () => {
    await shop.server.close();
    await rm(folder, { recursive: true });
  });

  const closed = (): Promise<boolean> =>
    eventually(
      () => streams.length === 1 && streams.every((stream) => stream.closed),
      'the stream to be closed',
    );

  it('A response that is a stream is closed when the client has taken all of it', async () => {
    const { status, body } = await shop.client.get('/file');
    expect(status).to.equal(200);
    expect(body).to.have.length(SIZE);
    await closed();
  });

  it('A response that is a stream is closed when the client hangs up in the middle', async () => {
    const socket = await dial(shop.server.url);
    socket.write(REQUEST);
    await once(socket, 'readable');
    socket.destroy();
    await closed();
  });

  it('A response that is a stream is closed when the client has hung up before it was opened', async () => {
    const socket = await dial(shop.server.url);
    const response = nextResponse();
    before = async () => {
      const gone = once(await response, 'close');
      socket.destroy();
      await gone;
    };
    socket.write(REQUEST);
    await closed();
  });

  it('A response that is a stream is closed unread when the client has it already', async () => {
    const { status } = await shop.client.get('/file', { headers: { 'If-None-Match': '"v1"' } });
    expect(status).to.equal(304);
    await closed();
  });

  it('A response that is a stream is closed unread when only its header is asked for', async () => {
    expect((await shop.client.head('/file')).status).to.equal(200);
    await closed();
  });

  it('A response that is a stream does not end the process when it fails and is not sent', async () => {
    file = join(folder, 'no-such-file');
    const { status } = await shop.client.get('/file', { headers: { 'If-None-Match': '"v1"' } });
    expect(status).to.equal(304);
    await closed();
    expect((await shop.client.get('/livez')).status).to.equal(200);
  });
});
