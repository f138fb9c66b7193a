import { boolean, parameters } from '#src/platform/schema/schema.js';
import { ok } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';

export interface Gate {
  /** `GET /slow`: its responses wait until the gate is open. */
  readonly row: Route;
  /** Resolves when the first request has come in. */
  readonly entered: Promise<void>;
  readonly open: () => void;
}

export const gate = (): Gate => {
  let enter = (): void => undefined;
  let open = (): void => undefined;
  const entered = new Promise<void>((resolve) => (enter = resolve));
  const opened = new Promise<void>((resolve) => (open = resolve));
  const row = route({
    method: 'get',
    path: '/slow',
    operationId: 'beSlow',
    tag: 'Things',
    access: 'anyone',
    summary: 'Planted',
    replies: { 200: { body: parameters({ done: boolean() }) } },
    query: async () => {
      enter();
      await opened;
    },
    reply: () => ok({ done: true }),
  });
  return {
    row,
    entered,
    open: () => {
      open();
    },
  };
};
