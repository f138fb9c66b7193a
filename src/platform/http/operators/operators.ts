import { failHttp } from '../pipeline/errors.js';
import type { Health } from './health.js';
import type { HttpMetrics } from './metrics.js';
import { ok } from '../routes/reply.js';
import { route, type Route } from '../routes/route.js';
import { object, oneOf, string } from '#src/platform/schema/schema.js';

const statusBody = object(
  'Status',
  { status: oneOf('ok').description('Always `ok`: otherwise the response is a problem') },
  { description: 'State of the process' },
);

const METRICS = `# TYPE searches_running gauge
searches_running 0
`;

/** Paths that are served even while the process drains. */
export const OPERATOR_PATHS: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

/** Returns the routes for the platform that runs the process. */
export const operatorRoutes = (health: Health, metrics: HttpMetrics): readonly Route[] => [
  route({
    method: 'get',
    path: '/livez',
    operationId: 'getLiveness',
    tag: 'Operators',
    access: 'anyone',
    summary: 'Check whether the process is alive',
    description: 'Checks only the process: an outage of the database is no reason to restart it.',
    replies: { 200: { body: statusBody } },
    query: () => undefined,
    reply: () => ok({ status: 'ok' }),
  }),
  route({
    method: 'get',
    path: '/readyz',
    operationId: 'getReadiness',
    tag: 'Operators',
    access: 'anyone',
    summary: 'Check whether the process can serve requests',
    description:
      'Returns 503 if the database is unreachable, its schema is behind, or the process is shutting down.',
    replies: { 200: { body: statusBody } },
    errors: failHttp.pick('not_ready'),
    query: async () => {
      if (!(await health.ready())) throw failHttp('not_ready');
    },
    reply: () => ok({ status: 'ok' }),
  }),
  route({
    method: 'get',
    path: '/metrics',
    operationId: 'getMetrics',
    tag: 'Operators',
    access: 'anyone',
    summary: 'Get the metrics for Prometheus',
    description:
      'Returns the measurements of this process, at most a second old, in the text format of Prometheus.',
    replies: { 200: { body: string().example(METRICS), mediaType: 'text/plain' } },
    query: () => metrics.render(),
    reply: (text) => ok(text, { headers: { 'Content-Type': metrics.contentType } }),
  }),
];
