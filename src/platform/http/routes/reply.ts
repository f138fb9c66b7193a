/** What a row answers, before the platform adds the headers that every answer carries. */
export interface Reply {
  readonly status: number;
  /** Plain JSON, or text, bytes or a stream when the row documents another media type. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
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
export const ok = (body: unknown, options: ReplyOptions = {}): Reply => ({
  status: 200,
  body,
  headers: headersOf(options),
});

/** 201 with the new resource and, in `Location`, the path at which it can be read. */
export const created = (location: string, body: unknown, options: ReplyOptions = {}): Reply => ({
  status: 201,
  body,
  headers: { ...headersOf(options), Location: location },
});

/** 202: taken note of; what comes of it is not told. */
export const accepted = (): Reply => ({ status: 202 });

/** 202 with the resource that tells how far the work has come and, in `Location`, the path at which it can be read. */
export const started = (location: string, body: unknown): Reply => ({
  status: 202,
  body,
  headers: { Location: location },
});

/** 204: done, and there is nothing to say. */
export const noContent = (): Reply => ({ status: 204 });
