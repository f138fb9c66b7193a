import type { ExpectedVersion } from '../../kernel/errors.js';

/** One entity-tag of a list (RFC 9110 §8.8.3), with the comma that may follow. */
const ENTITY_TAG = /\s*(?<weak>W\/)?"(?<opaque>[\x21\x23-\x7E\x80-\xFF]*)"\s*(?:,|$)/y;

interface EntityTag {
  readonly weak: boolean;
  readonly opaque: string;
}

/** The tags of an `If-Match` or `If-None-Match` field; a field that is no list of entity-tags names none. */
const parseTags = (field: string): readonly EntityTag[] => {
  const tags: EntityTag[] = [];
  for (let at = 0; at < field.length; at = ENTITY_TAG.lastIndex) {
    ENTITY_TAG.lastIndex = at;
    const found = ENTITY_TAG.exec(field)?.groups;
    if (found === undefined) return [];
    tags.push({ weak: found['weak'] !== undefined, opaque: found['opaque'] ?? '' });
  }
  return tags;
};

/**
 * The versions that `If-Match` accepts (RFC 9110 §13.1.1). It compares strongly, so weak tags drop out, as do tags that
 * `parse` does not know; when none is left the list is empty and no version passes. That is decided by the command and
 * not here, because a resource that does not exist is a 404, whatever the precondition says.
 */
export const ifMatch = (field: string, parse: (tag: string) => number | null): ExpectedVersion => {
  if (field === '' || field.trim() === '*') return undefined;
  return parseTags(field)
    .filter(({ weak }) => !weak)
    .map(({ opaque }) => parse(opaque))
    .filter((version) => version !== null);
};

/** Whether `If-None-Match` names the tag that the answer would carry; it compares weakly (RFC 9110 §13.1.2). */
export const matchesNone = (field: string, etag: string): boolean => {
  if (field === '') return false;
  if (field.trim() === '*') return true;
  const own = parseTags(etag).at(0)?.opaque;
  return parseTags(field).some(({ opaque }) => opaque === own);
};

/** The tag of a resource whose state one version number tells. */
export const versionTag = (version: number): string => String(version);

/** The version in a tag that `versionTag` made; null for any other. */
export const parseVersionTag = (tag: string): number | null => {
  const version = Number(tag);
  return Number.isSafeInteger(version) && versionTag(version) === tag ? version : null;
};
