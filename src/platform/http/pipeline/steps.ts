import type { Context, Middleware } from 'koa';
import type { RequestState } from './state.js';

/** A part of the pipeline that does its work at once and waits for nothing: it reads the request, marks the response, or fails. */
export type Step = (ctx: Context & { readonly state: RequestState }) => void;

/** Runs steps one after the other, then the rest of the pipeline: for Koa, each middleware is a promise of its own. */
export const steps =
  (...all: readonly Step[]): Middleware<RequestState> =>
  (ctx, next) => {
    for (const step of all) step(ctx);
    return next();
  };
