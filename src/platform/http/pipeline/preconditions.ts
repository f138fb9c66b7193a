import type { ExpectedVersion } from '#src/kernel/errors.js';

/** One entity-tag of a list (RFC 9110 §8.8.3), with the comma that may follow. */
const ENTITY_TAG = /\s*(?:W\/)?"(?<opaque>[\x21\x23-\x7E\x80-\xFF]*)"\s*(?:,|$)/y;

/** The suffix that Apache, Caddy and others add to the tag of a response that they compress. */
const CONTENT_CODING = /-(?:gzip|br|zstd|deflate)$/;

/**
 * Returns the opaque parts of the tags in an `If-Match` or `If-None-Match` field; empty if it is not a list of entity-tags. The
 * shop's tags identify versions and not bytes, so a proxy's compression does not change them: weak tags and suffixes of content
 * codings are equivalent.
 */
const parseTags = (field: string): readonly string[] => {
  const tags: string[] = [];
  for (let at = 0; at < field.length; at = ENTITY_TAG.lastIndex) {
    ENTITY_TAG.lastIndex = at;
    const found = ENTITY_TAG.exec(field)?.groups;
    if (found === undefined) return [];
    tags.push((found['opaque'] ?? '').replace(CONTENT_CODING, ''));
  }
  return tags;
};

/** Conditional fields of a request that changes a resource; empty where they are absent. */
export interface ConditionalFields {
  readonly ifMatch: string;
  readonly ifNoneMatch: string;
}

const isStar = (field: string): boolean => field.trim() === '*';

/**
 * Returns the versions that the preconditions accept (RFC 9110 §13.1.1, §13.1.2). Tags that `parse` does not know name no
 * version; if none is left of `If-Match`, no version passes. The command compares, because a resource that does not exist is a
 * 404, whatever the preconditions.
 */
export const expectedVersion = (
  { ifMatch, ifNoneMatch }: ConditionalFields,
  parse: (tag: string) => number | null,
): ExpectedVersion => {
  const versionsIn = (field: string): readonly number[] =>
    parseTags(field)
      .map(parse)
      .filter((version) => version !== null);
  if (isStar(ifNoneMatch)) return { oneOf: [] };
  return {
    ...(ifMatch !== '' && !isStar(ifMatch) && { oneOf: versionsIn(ifMatch) }),
    ...(ifNoneMatch !== '' && { noneOf: versionsIn(ifNoneMatch) }),
  };
};

/** Returns whether `If-None-Match` of a read contains the tag of its response (RFC 9110 §13.1.2). */
export const matchesNone = (field: string, etag: string): boolean => {
  const [own] = parseTags(etag);
  return isStar(field) || parseTags(field).some((tag) => tag === own);
};

/** Returns the tag of a resource whose state one version number identifies. */
export const versionTag = (version: number): string => String(version);

/** Returns the version in a tag of `versionTag`; null for any other. */
export const parseVersionTag = (tag: string): number | null => {
  const version = Number(tag);
  return Number.isSafeInteger(version) && versionTag(version) === tag ? version : null;
};
