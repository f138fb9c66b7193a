/** The reply of a route, before the platform adds the headers of every response. */
export interface Reply<Status extends number = number, Body = unknown> {
  readonly status: Status;
  /** Plain JSON, or text, bytes or a stream if the route documents another media type. */
  readonly body?: Body;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A reply that has a body. */
export interface ReplyWith<Status extends number, Body> extends Reply<Status, Body> {
  readonly body: Body;
}

export interface ReplyOptions {
  /** The opaque part of a strong entity-tag, without its quotes (RFC 9110 §8.8.3): letters, digits and `._-`. */
  readonly etag?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const headersOf = ({ etag, headers }: ReplyOptions): Record<string, string> => ({
  ...headers,
  ...(etag !== undefined && { ETag: `"${etag}"` }),
});

/** Returns 200 with a body. */
export const ok = <const Body>(body: Body, options: ReplyOptions = {}): ReplyWith<200, Body> => ({
  status: 200,
  body,
  headers: headersOf(options),
});

/** Returns 201 with the new resource and, in `Location`, its path. */
export const created = <const Body>(
  location: string,
  body: Body,
  options: ReplyOptions = {},
): ReplyWith<201, Body> => ({
  status: 201,
  body,
  headers: { ...headersOf(options), Location: location },
});

/** Returns 201 with a new entry of a list, which has no path of its own. */
export const appended = <const Body>(body: Body): ReplyWith<201, Body> => ({ status: 201, body });

/** Returns 202: the request is accepted, and its outcome is not reported. */
export const accepted = (): Reply<202, undefined> => ({ status: 202 });

/** Returns 202 with the resource that reports progress and, in `Location`, its path. */
export const started = <const Body>(location: string, body: Body): ReplyWith<202, Body> => ({
  status: 202,
  body,
  headers: { Location: location },
});

/** Returns 204, without a body. */
export const noContent = (): Reply<204, undefined> => ({ status: 204 });
