import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** The reply to a request that has succeeded. */
export interface RenderedReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Plain JSON; undefined if the reply has no body. */
  readonly body?: unknown;
}

/** Names the immutable facts from which the reply is rendered again. */
export interface ReplyReference {
  readonly reference: string;
}

/** A stored reply: the reply itself, or a reference to its facts. */
export type StoredReply = RenderedReply | ReplyReference;

export const isReference = (kept: StoredReply): kept is ReplyReference => 'reference' in kept;

/** Returns the text that is stored: JSON, or base64 of the deflated JSON where that is shorter. */
export const pack = (kept: StoredReply): string => {
  const json = JSON.stringify(kept);
  const deflated = deflateRawSync(json).toString('base64');
  return deflated.length < Buffer.byteLength(json) ? deflated : json;
};

/** Returns what `pack` was given. Base64 has no `{`, with which all JSON here begins. */
export const unpack = (text: string): StoredReply => {
  const json = text.startsWith('{') ? text : inflateRawSync(Buffer.from(text, 'base64')).toString('utf8');
  return JSON.parse(json) as StoredReply;
};
