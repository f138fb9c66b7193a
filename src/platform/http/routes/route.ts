import type { Readable } from 'node:stream';
import type { Actor } from '#src/kernel/actor.js';
import type { AuditEvent } from '#src/kernel/audit.js';
import type { ErrorEntry, ExpectedVersion } from '#src/kernel/errors.js';
import type { ObjectSchema, Schema } from '#src/platform/schema/schema.js';
import type { Reply, ReplyWith } from './reply.js';
import { runCommand, type Command, type CommandPorts, type CommandRequest } from '../pipeline/run-command.js';

// One route of the route table. Router, validation, access rule, OpenAPI document and the test that no answer is
// undocumented are all derived from it, so that they can't drift apart.

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Who may call: anybody, any signed-in user (administrators too), or administrators only. */
export type Access = 'anyone' | 'user' | 'admin';

/** What a route may answer with one status. */
export interface DocumentedReply {
  readonly description?: string;
  /** The closed shape of the body; none means that there is no body. */
  readonly body?: Schema;
  /** Headers beside those that every answer carries: `Location`, `ETag`, `Link`. */
  readonly headers?: readonly string[];
  /** Of the body; `application/json` unless said. Of several, the reply's `Content-Type` names one. */
  readonly mediaType?: string | readonly string[];
}

interface Allowance {
  readonly most: number;
  readonly seconds: number;
}

/** A limit tighter than the general ones. Routes whose limits have one name are counted together. */
export interface Limit {
  /** Names it in headers and problems. */
  readonly name: string;
  /** All tries, or only those that the shop refuses: a success and an outage are not counted. */
  readonly counts: 'attempts' | 'refusals';
  readonly perAddress: Allowance;
  /**
   * `here` is for one account from one address, `anywhere` for one account from all addresses together, to which an
   * address is not held where the account is known.
   */
  readonly perAccount?: { readonly here: Allowance; readonly anywhere: Allowance };
}

/** The account that a request is about. */
export interface LimitedAccount {
  /**
   * The name that the request gives it, whether there is such an account or not; the same text for each of its spellings.
   * Rate-limit headers and 429 answers depend on it alone.
   */
  readonly name: string;
  /**
   * The same text for all names of one account, and the name itself if it names none. It is limited as the name is, but in
   * secret: otherwise it would tell that two names are one account. See `RouteInput.exhausted`.
   */
  readonly identity?: string;
  /** Whether the account is known at the caller's network; false unless given. */
  readonly known?: boolean;
}

export interface RowLimit<Input = RouteInput> extends Limit {
  account?(input: Input): LimitedAccount | Promise<LimitedAccount>;
  readonly effort?: EffortLimit<Input>;
}

/** A limit on work that is expensive, whatever comes of it. Limits of one name are counted together. */
export interface Effort {
  /** Names it in headers and problems. */
  readonly name: string;
  readonly perAddress: Allowance;
  /** For one account from one address. */
  readonly perAccount: Allowance;
}

interface EffortLimit<Input> extends Effort {
  /** What the request will take. It is counted before the work, and corrected by what `RouteInput.meter` shows. */
  expected(input: Input): number;
}

/** How many requests a call counts as under the general limits. */
export interface Cost {
  /** 1 by default. A list counts as one more for each further 20 items that it is asked for. */
  readonly base?: number;
  /** What query parameters add that are given a value, by their names. */
  readonly parameters?: Readonly<Record<string, number>>;
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
  /** Of a route for administrators: the path at which other callers find their own. A refusal names it. */
  readonly ownPath?: string;
  /** One line, no full stop. */
  readonly summary: string;
  /** Markdown. */
  readonly description?: string;
  /** Of the path; whatever it refuses is a 404. */
  readonly params?: ObjectSchema;
  /** Of the query string; whatever it refuses is a 400. */
  readonly search?: ObjectSchema;
  /** Of the JSON body; whatever it refuses is a 422. */
  readonly body?: ObjectSchema;
  /** A missing body counts as `{}`. */
  readonly bodyOptional?: boolean;
  /** Reads the version out of an entity-tag's opaque part; null for a tag that is none of this route's resource. */
  readonly ifMatch?: (tag: string) => number | null;
  readonly replies: Readonly<Record<number, DocumentedReply>>;
  /** The route's own refusals; those that follow from access, parameters and body are added by the platform. */
  readonly errors?: readonly ErrorEntry[];
  /** False for a POST whose answer must not be kept to be given again; see `takesKey`. */
  readonly idempotent?: boolean;
  /** The `operationId` of the route that this one is another path of: they share their Idempotency-Keys. */
  readonly aliasOf?: string;
  readonly limit?: RowLimit;
  /** Absent for a call that counts as one request, or as its list does. */
  readonly cost?: Cost;
  /**
   * Whether a request with this query string is a search: no index leads to what it asks for, and the database may read a whole
   * table. Few run at once; see `searchPlaces`.
   */
  isSearch?(search: unknown): boolean;
  /** `Cache-Control` of a successful answer; `no-store` unless said. */
  readonly cache?: string;
}

/** What handlers may know of the request beside its checked parts. */
export interface RequestView {
  /** Path and query string as they were sent: `/products?limit=2`. */
  readonly url: string;
}

/** Where a request comes from, as far as it can be told. */
export interface ClientView {
  readonly address: string;
  /** The network of the address, which is what counts as one caller: see `networkOf`. */
  readonly network: string;
  /** As it was sent, however long; empty when it was not. */
  readonly userAgent: string;
}

/** Counts the expensive work that one request takes; see `EffortLimit`. */
export interface Meter {
  readonly used: number;
  add(work: number): void;
}

/** A request whose parts have passed the route's schemas and whose caller has passed its access rule. */
export interface RouteInput<
  A extends Access = Access,
  Params = unknown,
  Search = unknown,
  Body = unknown,
> extends Pick<CommandRequest, 'idempotencyKey'> {
  /** Absent when anyone may call: such a route does not look at tokens. */
  readonly actor: A extends 'anyone' ? undefined : Actor;
  readonly params: Params;
  readonly search: Search;
  readonly body: Body;
  /** The versions that `If-Match` and `If-None-Match` ask for; see `RouteFacts.ifMatch`. */
  readonly ifMatch: ExpectedVersion;
  readonly request: RequestView;
  readonly client: ClientView;
  readonly meter: Meter;
  /**
   * Whether the account that the route's limit names by an identity has no guesses left. Then the command does the same work
   * and refuses a right guess as it refuses a wrong one.
   */
  readonly exhausted: boolean;
}

export type DocumentedReplies = Readonly<Record<number, DocumentedReply>>;

/** A body as its route hands it to the platform: text, bytes or a stream of them where it is no JSON, or is too large for memory. */
type BodyOf<D extends DocumentedReply> = D extends { readonly mediaType: unknown }
  ? string | Buffer | Readable
  : D extends { readonly body: Schema<infer Body> }
    ? Body | Readable
    : never;

/** What a route may answer, by what it documents: one of its statuses, with a value of the schema of that status. */
export type ReplyTo<Replies extends DocumentedReplies> = {
  [Status in keyof Replies & number]: Replies[Status] extends { readonly body: Schema }
    ? ReplyWith<Status, BodyOf<Replies[Status]>>
    : Reply<Status, undefined>;
}[keyof Replies & number];

interface TypedFacts<
  A extends Access,
  Params,
  Search,
  Body,
  Replies extends DocumentedReplies,
> extends RouteFacts {
  readonly access: A;
  readonly params?: ObjectSchema<Params>;
  readonly search?: ObjectSchema<Search>;
  readonly body?: ObjectSchema<Body>;
  readonly replies: Replies;
  readonly limit?: RowLimit<RouteInput<A, Params, Search, Body>>;
  isSearch?(search: NoInfer<Search>): boolean;
}

interface QueryHandler<Input, Result, Rendered> {
  readonly query: (input: Input) => Promise<Result> | Result;
  readonly reply: (result: Awaited<Result>, input: Input) => Rendered;
}

/** A route of the table with its types erased: what the platform works with. */
export interface Route extends RouteFacts {
  readonly kind: 'query' | 'command';
  readonly audit?: 'recorded' | { readonly action: AuditEvent['action'] };
  answer(input: RouteInput): Promise<Reply>;
}

/** A route that reads (`query`), or writes (`command`) in a transaction that `runCommand` runs. */
export function route<
  A extends Access,
  Result,
  const Replies extends DocumentedReplies,
  Params = undefined,
  Search = undefined,
  Body = undefined,
>(
  route: TypedFacts<A, Params, Search, Body, Replies> &
    QueryHandler<RouteInput<A, Params, Search, Body>, Result, ReplyTo<Replies>>,
): Route;
export function route<
  A extends Access,
  Ports extends CommandPorts,
  Result,
  const Replies extends DocumentedReplies,
  Params = undefined,
  Search = undefined,
  Body = undefined,
>(
  route: TypedFacts<A, Params, Search, Body, Replies> &
    Command<RouteInput<A, Params, Search, Body>, Ports, Result, ReplyTo<Replies>>,
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
