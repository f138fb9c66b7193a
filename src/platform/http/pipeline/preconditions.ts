import type { ExpectedVersion } from '#src/kernel/errors.js';

/** One entity-tag of a list (RFC 9110 §8.8.3), with the comma that may follow. */
const ENTITY_TAG = /\s*(?:W\/)?"(?<opaque>[\x21\x23-\x7E\x80-\xFF]*)"\s*(?:,|$)/y;

/** What Apache, Caddy and others add to the tag of an answer that they compress. */
const CONTENT_CODING = /-(?:gzip|br|zstd|deflate)$/;

/**
 * Returns the opaque parts of the tags in an `If-Match` or `If-None-Match` field; none when it is no list of entity-tags. The
 * shop's tags name versions and not bytes, so a proxy that compresses does not make others of them: neither a weak tag nor the
 * suffix of a content coding makes a difference.
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
 * version; when none is left of `If-Match`, no version passes. The command compares, because a resource that does not exist
 * is a 404, whatever its preconditions say.
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

/** Returns whether `If-None-Match` of a read names the tag that its answer would carry (RFC 9110 §13.1.2). */
export const matchesNone = (field: string, etag: string): boolean => {
  const [own] = parseTags(etag);
  return isStar(field) || parseTags(field).some((tag) => tag === own);
};

/** The tag of a resource whose state one version number tells. */
export const versionTag = (version: number): string => String(version);

/** The version in a tag that `versionTag` made; null for any other. */
export const parseVersionTag = (tag: string): number | null => {
  const version = Number(tag);
  return Number.isSafeInteger(version) && versionTag(version) === tag ? version : null;
};
