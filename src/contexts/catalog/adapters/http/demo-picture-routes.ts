import { hash } from 'node:crypto';
import { ok } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import { keyOf, parameters, string } from '#src/platform/schema/schema.js';
import { DEMO_PICTURES } from './demo-pictures.js';

export const DEMO_PICTURES_PATH = '/demo/pictures';

/** Files of a shop that tries its front end: the pictures that the products of the demo catalogue name. */
export const demoPictureRoutes = (): readonly Route[] => [
  route({
    method: 'get',
    path: `${DEMO_PICTURES_PATH}/:file`,
    operationId: 'getDemoPicture',
    tag: 'Catalog',
    access: 'anyone',
    summary: 'Get a picture of the demo catalogue',
    description: 'Returns a drawing, to which `imageUrl` of a product of the demo catalogue refers.',
    cache: 'public, max-age=86400',
    params: parameters({
      file: keyOf(DEMO_PICTURES).description('Name of the file').example('cof-house-250.svg'),
    }),
    replies: {
      200: {
        body: string().example('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400"></svg>'),
        mediaType: 'image/svg+xml',
        headers: ['ETag'],
      },
    },
    query: ({ params }) => DEMO_PICTURES[params.file],
    reply: (picture) =>
      ok(picture, {
        etag: hash('sha256', picture, 'hex').slice(0, 32),
        headers: {
          'Content-Type': 'image/svg+xml; charset=utf-8',
          // Pages of other origins show it in <img>.
          'Cross-Origin-Resource-Policy': 'cross-origin',
        },
      }),
  }),
];
