import type Joi from 'joi';
import type { Actor } from '../../kernel/actor.js';
import type { ErrorEntry, ExpectedVersion } from '../../kernel/errors.js';
import type { Transact } from '../../kernel/transact.js';
import type { RequestKey, WithReplies } from '../idempotency/replies.js';
import { exactlyOnce } from './exactly-once.js';
import type { Reply } from './reply.js';

// One row of the route table. Router, validation, access rule, OpenAPI document and the test that no answer is
// undocumented are all derived from it, so that they can't drift apart.

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Who may call: anybody, any signed-in user (administrators too), or administrators only. */
export type Access = 'anyone' | 'user' | 'admin';

/** What a row may answer with one status. */
export interface DocumentedReply {
  readonly description?: string;
  /** The closed shape of the body; none means that there is no body. */
  readonly body?: Joi.Schema;
  /** Headers beside those that every answer carries: `Location`, `ETag`, `Link`. */
  readonly headers?: readonly string[];
  /** Of the body; `application/json` unless said. Of several, the reply's `Content-Type` names one. */
  readonly mediaType?: string | readonly string[];
}

/** What the table says about a call, whoever answers it. */
export interface RouteFacts {
  readonly method: Method;
  /** Parameters are written `:id`. */
  readonly path: string;
  /** camelCase, unique in the whole table: generated clients name their functions by it. */
  readonly operationId: string;
  readonly tag: string;
  readonly access: Access;
  /** One line, no full stop. */
  readonly summary: string;
  /** Markdown. */
  readonly description?: string;
  /** Of the path; whatever it refuses is a 404. */
  readonly params?: Joi.ObjectSchema;
  /** Of the query string; whatever it refuses is a 400. */
  readonly search?: Joi.ObjectSchema;
  /** Of the JSON body; whatever it refuses is a 422. */
  readonly body?: Joi.ObjectSchema;
  /** A missing body counts as `{}`. */
  readonly bodyOptional?: boolean;
  /** Reads the version out of an entity-tag's opaque part; null for a tag that is none of this row's resource. */
  readonly ifMatch?: (tag: string) => number | null;
  readonly replies: Readonly<Record<number, DocumentedReply>>;
  /** The row's own refusals; those that follow from access, parameters and body are added by the platform. */
  readonly errors?: readonly ErrorEntry[];
  /** False for a POST whose answer must not be kept to be given again; see `takesKey`. */
  readonly replayable?: boolean;
  /** The `operationId` of the row that this one is another path of: they share their Idempotency-Keys. */
  readonly aliasOf?: string;
  /** `Cache-Control` of a successful answer; `no-store` unless said. */
  readonly cache?: string;
}

/** What handlers may know of the request beside its checked parts. */
export interface RequestView {
  /** Path and query string as they were sent: `/products?limit=2`. */
  readonly url: string;
}

/** A request whose parts have passed the row's schemas and whose caller has passed its access rule. */
export interface RouteInput<A extends Access = Access, Params = unknown, Search = unknown, Body = unknown> {
  /** Absent when anyone may call: such a row does not look at tokens. */
  readonly actor: A extends 'anyone' ? undefined : Actor;
  readonly params: Params;
  readonly search: Search;
  readonly body: Body;
  /** The versions that `If-Match` names; see `RouteFacts.ifMatch`. */
  readonly ifMatch: ExpectedVersion;
  readonly request: RequestView;
  /** For the platform: the Idempotency-Key under which a command runs. */
  readonly requestKey?: RequestKey | undefined;
}

interface TypedFacts<A extends Access, Params, Search, Body> extends RouteFacts {
  readonly access: A;
  readonly params?: Joi.ObjectSchema<Params>;
  readonly search?: Joi.ObjectSchema<Search>;
  readonly body?: Joi.ObjectSchema<Body>;
}

interface QueryHandler<Input, Result> {
  readonly query: (input: Input) => Promise<Result> | Result;
  readonly reply: (result: Awaited<Result>, input: Input) => Reply;
}

interface CommandHandler<Input, Ports extends WithReplies, Result> {
  readonly transact: Transact<Ports>;
  readonly command: (transact: Transact<Ports>, input: Input) => Promise<Result>;
  readonly reply: (result: Result, input: Input) => Reply;
}

/** A row of the table with its types erased: what the platform works with. */
export interface Route extends RouteFacts {
  readonly kind: 'query' | 'command';
  answer(input: RouteInput): Promise<Reply>;
}

/**
 * A row that reads (`query`) or writes (`transact` and `command`). A command is handed its `transact` rather than bound
 * to it, so that what must commit together with the command can be added around it here, unseen by the use case.
 */
export function route<A extends Access, Result, Params = undefined, Search = undefined, Body = undefined>(
  row: TypedFacts<A, Params, Search, Body> & QueryHandler<RouteInput<A, Params, Search, Body>, Result>,
): Route;
export function route<
  A extends Access,
  Ports extends WithReplies,
  Result,
  Params = undefined,
  Search = undefined,
  Body = undefined,
>(
  row: TypedFacts<A, Params, Search, Body> &
    CommandHandler<RouteInput<A, Params, Search, Body>, Ports, Result>,
): Route;
export function route(
  row: RouteFacts & (QueryHandler<RouteInput, unknown> | CommandHandler<RouteInput, WithReplies, unknown>),
): Route {
  const { reply, ...facts } = row;
  if ('query' in facts) {
    const { query, ...rest } = facts;
    return { ...rest, kind: 'query', answer: async (input) => reply(await query(input), input) };
  }
  const { transact, command, ...rest } = facts;
  const answer = async (input: RouteInput): Promise<Reply> => {
    const render = (result: unknown): Reply => reply(result, input);
    if (input.requestKey === undefined) return render(await command(transact, input));
    return exactlyOnce(transact, input.requestKey, render)((once) => command(once, input));
  };
  return { ...rest, kind: 'command', answer };
}
