/** What a route answers, before the platform adds the headers that every answer carries. */
export interface Reply<Status extends number = number, Body = unknown> {
  readonly status: Status;
  /** Plain JSON, or text, bytes or a stream when the route documents another media type. */
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

/** 200 with a body. */
export const ok = <const Body>(body: Body, options: ReplyOptions = {}): ReplyWith<200, Body> => ({
  status: 200,
  body,
  headers: headersOf(options),
});

/** 201 with the new resource and, in `Location`, the path at which it can be read. */
export const created = <const Body>(
  location: string,
  body: Body,
  options: ReplyOptions = {},
): ReplyWith<201, Body> => ({
  status: 201,
  body,
  headers: { ...headersOf(options), Location: location },
});

/** 201 with a new entry of a list, which has no path of its own. */
export const appended = <const Body>(body: Body): ReplyWith<201, Body> => ({ status: 201, body });

/** 202: taken note of; what comes of it is not told. */
export const accepted = (): Reply<202, undefined> => ({ status: 202 });

/** 202 with the resource that tells how far the work has come and, in `Location`, the path at which it can be read. */
export const started = <const Body>(location: string, body: Body): ReplyWith<202, Body> => ({
  status: 202,
  body,
  headers: { Location: location },
});

/** 204: done, and there is nothing to say. */
export const noContent = (): Reply<204, undefined> => ({ status: 204 });
