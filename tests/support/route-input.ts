import type { RouteInput } from '#src/platform/http/routes/route.js';

/** A request without any parts; give those that the command looks at. */
export const aRouteInput = (parts: Partial<RouteInput> = {}): RouteInput => ({
  actor: undefined,
  params: undefined,
  search: undefined,
  body: undefined,
  ifMatch: undefined,
  request: { url: '/', prefers: ([first]) => first ?? false },
  client: { address: '192.0.2.1', network: '192.0.2.1', userAgent: '' },
  meter: { used: 0, add: () => undefined },
  exhausted: false,
  ...parts,
});
