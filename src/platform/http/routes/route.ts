import type { Readable } from 'node:stream';
import type { Actor, Administrator, Keys, Scope } from '#src/kernel/actor.js';
import type { AuditEvent } from '#src/kernel/audit.js';
import type { ErrorDetails, ErrorEntry, ExpectedVersion } from '#src/kernel/errors.js';
import type { ObjectSchema, Schema } from '#src/platform/schema/schema.js';
import type { Reply, ReplyWith } from './reply.js';
import type { ReplyCache } from '../../reply-cache/reply-cache.js';
import type { Tags } from '../../reply-cache/tagged-cache.js';
import { runCommand, type Command, type CommandPorts, type CommandRequest } from '../pipeline/run-command.js';

// A route of the route table. Router, validation, access rule, OpenAPI document and the test that every response is documented
// all derive from it, so that they can't diverge.

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Callers of a route: anyone, any logged-in user (including administrators), or administrators only. */
export type Access = 'anyone' | 'user' | 'admin';

/** A documented response with one status. */
export interface DocumentedReply {
  readonly description?: string;
  /** The closed schema of the body; absent if there is no body. */
  readonly body?: Schema;
  /** Fields in which the example of this call differs from that of the body's schema. */
  readonly example?: Readonly<Record<string, unknown>>;
  /** Headers in addition to those of every response: `Location`, `ETag`, `Link`. */
  readonly headers?: readonly string[];
  /** Of the body; `application/json` by default. Of several, the reply's `Content-Type` names one. */
  readonly mediaType?: string | readonly string[];
  /** Schemas of the body in further media types, by name. A reply in one of them has its `Content-Type`. */
  readonly alternatives?: Readonly<Record<string, Schema>>;
  /** Schema of each row of a body that is a text of rows, such as NDJSON. */
  readonly rows?: ObjectSchema;
}

interface Allowance {
  readonly most: number;
  readonly seconds: number;
}

/**
 * Renders the details of the route's own refusals, by code. The domain says what is wrong; the route knows in which field of
 * its body that came in, and how the shop shows an amount.
 */
export type ProblemDetails = Readonly<Record<string, (details: ErrorDetails) => ErrorDetails>>;

/** A limit tighter than the general ones. Routes whose limits share a name are counted together. */
export interface Limit {
  /** Names the limit in headers and problems. */
  readonly name: string;
  /** All attempts, or only those that the shop refuses: successes and outages do not count. */
  readonly counts: 'attempts' | 'refusals';
  readonly perAddress: Allowance;
  /**
   * `here` is for one account from one address, `anywhere` for one account from all addresses together; the latter does not apply
   * to an address at which the account is known.
   */
  readonly perAccount?: { readonly here: Allowance; readonly anywhere: Allowance };
}

/** The account of a request. */
export interface LimitedAccount {
  /**
   * The account's name in the request, whether the account exists or not; the same text for each of its spellings. Rate-limit
   * headers and 429 responses depend on it alone.
   */
  readonly name: string;
  /**
   * The same text for all names of one account, and the name itself if there is no account. It is limited as the name is, but in
   * secret: otherwise it would reveal that two names belong to one account. See `RouteInput.exhausted`.
   */
  readonly identity?: string;
  /** Whether the account is known at the caller's network; false by default. */
  readonly known?: boolean;
}

export interface RowLimit<Input = RouteInput> extends Limit {
  account?(input: Input): LimitedAccount | Promise<LimitedAccount>;
  readonly effort?: EffortLimit<Input>;
}

/** A limit on expensive work, whatever its outcome. Limits of one name are counted together. */
export interface Effort {
  /** Names the limit in headers and problems. */
  readonly name: string;
  readonly perAddress: Allowance;
  /** For one account from one address. */
  readonly perAccount: Allowance;
}

interface EffortLimit<Input> extends Effort {
  /** Returns the expected work of the request. It is counted before the work, and corrected by `RouteInput.meter`. */
  expected(input: Input): number;
}

/** Number of requests that a call counts as under the general limits. */
export interface Cost {
  /** 1 by default. A list counts as one more for each further 20 requested items. */
  readonly base?: number;
  /** What query parameters add if they are given, by their names. */
  readonly parameters?: Readonly<Record<string, number>>;
}

/** The end of a call that clients should leave. Times are RFC 3339, in UTC. */
export interface Deprecated {
  /** When it was, or will be, deprecated: the header `Deprecation` (RFC 9745). */
  readonly since: string;
  /** When it is expected to be removed: the header `Sunset` (RFC 8594). */
  readonly sunset?: string;
  /** Markdown: what to use instead. */
  readonly instead: string;
}

/** The declarations of a route. */
export interface RouteFacts {
  readonly method: Method;
  /** Parameters are written `:id`. */
  readonly path: string;
  /** camelCase, unique in the whole table: generated clients name their functions after it. */
  readonly operationId: string;
  readonly tag: string;
  readonly deprecated?: Deprecated;
  readonly access: Access;
  /** The scope of API keys that may call the route too; without one, it is closed to them. */
  readonly scope?: Scope;
  /** On a route for administrators: the path of the equivalent for other callers. A refusal names it. */
  readonly ownPath?: string;
  /** One line, no full stop. */
  readonly summary: string;
  /** Markdown. */
  readonly description?: string;
  /** Schema of the path parameters; a violation is a 404. */
  readonly params?: ObjectSchema;
  /** Schema of the query string; a violation is a 400. */
  readonly search?: ObjectSchema;
  /** Schema of the JSON body; a violation is a 422. */
  readonly body?: ObjectSchema;
  /**
   * Schemas of a body that is read while it arrives, by the media types that it may have; a route has this or `body`. It may be of any
   * length and may arrive over any time, as long as it arrives steadily.
   */
  readonly upload?: Readonly<Record<string, Schema>>;
  /** Schema of each row of an upload of rows, as `DocumentedReply.rows`. */
  readonly uploadRows?: ObjectSchema;
  /** A missing body counts as `{}`. */
  readonly bodyOptional?: boolean;
  /** Returns the version in an entity-tag's opaque part; null for a tag of another resource. */
  readonly ifMatch?: (tag: string) => number | null;
  readonly replies: Readonly<Record<number, DocumentedReply>>;
  /** The route's own refusals; the platform adds those of access, parameters and body. */
  readonly errors?: readonly ErrorEntry[];
  /** Renders the details of those `errors` that the API words in other terms than the domain. */
  readonly details?: ProblemDetails;
  /** False for a POST whose reply must not be stored for replays; see `acceptsKey`. */
  readonly idempotent?: boolean;
  /** The `operationId` of the route to which this one is an alternative path: they share their Idempotency-Keys. */
  readonly aliasOf?: string;
  readonly limit?: RowLimit;
  /** Absent for a call that counts as one request, or as its list does. */
  readonly cost?: Cost;
  /**
   * Returns whether a request with this query string is a search: no index serves it, and the database may read a whole table.
   * Few run at once; see `searchPlaces`.
   */
  isSearch?(search: unknown): boolean;
  /** `Cache-Control` of a successful response; `no-store` by default. */
  readonly cache?: string;
  readonly cached?: Cached;
}

/** Where the replies of a route for anyone are stored by their URLs, on which alone they depend. */
export interface Cached<Rendered extends Reply = Reply, Search = unknown> {
  /** Null disables it. */
  readonly in: ReplyCache | null;
  /** Returns the tags of everything that a reply shows. */
  tags(reply: Rendered, search: Search): Tags;
}

/** The parts of a request that handlers see, in addition to the validated ones. */
export interface RequestView {
  /** Path and query string as sent: `/products?limit=2`. */
  readonly url: string;
  /** Returns which of these media types the client prefers (RFC 9110 §12.5.1); the first if it does not say, false if it takes none. */
  prefers(mediaTypes: readonly string[]): string | false;
}

/** The client of a request, as far as it is known. */
export interface ClientView {
  readonly address: string;
  /** The network of the address, which counts as one caller: see `networkOf`. */
  readonly network: string;
  /** As sent, of any length; empty if absent. */
  readonly userAgent: string;
}

/** A body that is read while it arrives. */
export interface Upload {
  /** One of those of the route. */
  readonly mediaType: string;
  /** Fails if the client hangs up. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Counts the expensive work of one request; see `EffortLimit`. */
export interface Meter {
  readonly used: number;
  add(work: number): void;
}

/** A request that has passed the route's schemas and whose caller has passed its access rule. */
export interface RouteInput<
  A extends Access = Access,
  Params = unknown,
  Search = unknown,
  Body = unknown,
  S extends Scope = Scope,
> extends Pick<CommandRequest, 'idempotencyKey'> {
  /** Absent on routes for any caller: they ignore tokens. */
  readonly actor: A extends 'anyone' ? undefined : A extends 'admin' ? Administrator | Keys<S> : Actor<S>;
  readonly params: Params;
  readonly search: Search;
  readonly body: Body;
  /** The body of a route with `upload`. */
  readonly upload?: Upload | undefined;
  /** The versions in `If-Match` and `If-None-Match`; see `RouteFacts.ifMatch`. */
  readonly ifMatch: ExpectedVersion;
  readonly request: RequestView;
  readonly client: ClientView;
  readonly meter: Meter;
  /**
   * Whether the account of the route's limit has no attempts left. Then the command does the same work and refuses a right guess
   * like a wrong one.
   */
  readonly exhausted: boolean;
}

export type DocumentedReplies = Readonly<Record<number, DocumentedReply>>;

/** The body of a reply: text, bytes or a stream of them if it is not JSON, or too large for memory. */
type BodyOf<D extends DocumentedReply> =
  (D extends { readonly alternatives: unknown } ? string : never) | MainBodyOf<D>;

type MainBodyOf<D extends DocumentedReply> = D extends { readonly mediaType: unknown }
  ? string | Buffer | Readable
  : D extends { readonly body: Schema<infer Body> }
    ? Body | Readable
    : never;

/** The replies that a route may return, by what it documents: one of its statuses, with a value of that status's schema. */
export type ReplyTo<Replies extends DocumentedReplies> = {
  [Status in keyof Replies & number]: Replies[Status] extends { readonly body: Schema }
    ? ReplyWith<Status, BodyOf<Replies[Status]>>
    : Reply<Status, undefined>;
}[keyof Replies & number];

/** The same replies where they have a JSON body, before it is rendered. */
type JsonReplyTo<Replies extends DocumentedReplies> = {
  [Status in keyof Replies & number]: Replies[Status] extends { readonly body: Schema<infer Body> }
    ? ReplyWith<Status, Body>
    : never;
}[keyof Replies & number];

interface TypedFacts<
  A extends Access,
  Params,
  Search,
  Body,
  Replies extends DocumentedReplies,
  S extends Scope,
> extends RouteFacts {
  readonly access: A;
  readonly scope?: S;
  readonly params?: ObjectSchema<Params>;
  readonly search?: ObjectSchema<Search>;
  readonly body?: ObjectSchema<Body>;
  readonly replies: Replies;
  readonly limit?: RowLimit<RouteInput<A, Params, Search, Body, S>>;
  isSearch?(search: NoInfer<Search>): boolean;
  readonly cached?: Cached<NoInfer<JsonReplyTo<Replies>>, NoInfer<Search>>;
}

interface QueryHandler<Input, Result, Rendered> {
  readonly query: (input: Input) => Promise<Result> | Result;
  readonly reply: (result: Awaited<Result>, input: Input) => Rendered;
}

/** A route with its types erased, as the platform handles it. */
export interface Route extends RouteFacts {
  readonly kind: 'query' | 'command';
  readonly audit?: 'recorded' | { readonly action: AuditEvent['action'] };
  answer(input: RouteInput): Promise<Reply>;
}

/** Declares a route that reads (`query`), or writes (`command`) in a transaction that `runCommand` runs. */
export function route<
  A extends Access,
  Result,
  const Replies extends DocumentedReplies,
  Params = undefined,
  Search = undefined,
  Body = undefined,
  S extends Scope = never,
>(
  route: TypedFacts<A, Params, Search, Body, Replies, S> &
    QueryHandler<RouteInput<A, Params, Search, Body, S>, Result, ReplyTo<Replies>>,
): Route;
export function route<
  A extends Access,
  Ports extends CommandPorts,
  Result,
  const Replies extends DocumentedReplies,
  Params = undefined,
  Search = undefined,
  Body = undefined,
  S extends Scope = never,
>(
  route: TypedFacts<A, Params, Search, Body, Replies, S> &
    Command<RouteInput<A, Params, Search, Body, S>, Ports, Result, ReplyTo<Replies>>,
): Route;
export function route(
  route: RouteFacts & (QueryHandler<RouteInput, unknown, Reply> | Command<RouteInput, CommandPorts, unknown>),
): Route {
  if ('query' in route) {
    const { query, reply, ...facts } = route;
    return { ...facts, kind: 'query', answer: async (input) => reply(await query(input), input) };
  }
  const { transact, command, recall, reply, afterwards, ...facts } = route;
  return { ...facts, kind: 'command', answer: (input) => runCommand(route, input) };
}
