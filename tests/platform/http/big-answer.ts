import { string } from '#src/platform/schema/schema.js';
import { ok } from '#src/platform/http/routes/reply.js';
import { route } from '#src/platform/http/routes/route.js';

/** Bytes: more than the kernel keeps for a client that does not read. */
export const BIG = 32 * 1024 * 1024;

/** `GET /big`. */
export const big = route({
  method: 'get',
  path: '/big',
  operationId: 'beBig',
  tag: 'Things',
  access: 'anyone',
  summary: 'Planted',
  replies: { 200: { body: string(), mediaType: 'text/plain' } },
  query: () => Buffer.alloc(BIG, 'x'),
  reply: (bytes) => ok(bytes),
});
