import { setTimeout as sleep } from 'node:timers/promises';
import type { Reply } from '../http/routes/reply.js';
import type { Follower } from './followed-changes.js';
import type { Moment, TaggedCache, Tags } from './tagged-cache.js';

/** A reply that is ready to be sent, and the number of requests that it counts as under the rate limits. */
export interface ReadyReply {
  readonly reply: Reply;
  readonly cost: number;
}

/** Replies to reads for any caller, by their URLs. */
export interface ReplyCache {
  /** Returns the reply to an earlier request, if it is known to show everything that was changed until a moment ago. */
  find(url: string): ReadyReply | null;
  /**
   * Returns the reply to a request for which nothing was found: an earlier one after having looked for changes, or the one that
   * `make` returns. Requests for one URL that arrive together share it.
   */
  answer(url: string, cost: number, make: () => Promise<TaggedReply>): Promise<Reply>;
}

export interface TaggedReply {
  readonly reply: Reply;
  /** Of what it shows. */
  readonly tags: Tags;
}

/** The state of a cache, for metrics. */
export interface ReplyCacheStats {
  readonly hits: number;
  readonly misses: number;
  readonly bytes: number;
  /** Milliseconds since the last successful look for changes began; null if there was none, or no other process can change anything. */
  readonly lookedMsAgo: number | null;
}

export interface ReplyCacheOptions {
  readonly cache: TaggedCache<ReadyReply>;
  /** Null if no other process can change anything. */
  readonly follower: Follower | null;
  /** How much older than its request a reply may be, in milliseconds. */
  readonly maxStaleMs: number;
}

/** A longer URL is not stored, so that a key is small beside its reply. */
const MAX_URL = 1_000;

/** Bytes that an entry takes beside its text, and for each tag. */
const OVERHEAD = { entry: 700, tag: 70 };

const JSON_TYPE = 'application/json; charset=utf-8';

/** Returns the number of bytes of a text in memory: V8 stores two for each character if one of them is outside Latin-1. */
const sizeOf = (text: string): number => (/[^\0-\xff]/.test(text) ? 2 * text.length : text.length);

const rendered = (reply: Reply): Reply & { readonly body: string } => ({
  ...reply,
  headers: { ...reply.headers, 'Content-Type': JSON_TYPE },
  body: JSON.stringify(reply.body),
});

interface Flight {
  readonly since: Moment;
  readonly reply: Promise<Reply>;
}

/**
 * Makes a cache of replies. A reply is as old as the data in it: it is sent only if the reading of its data, or a look that
 * has found no change of them, began less than `maxStaleMs` ago. Without such a look the request is answered from the store. Looks
 * are caused by requests, so that a process without requests asks for nothing.
 */
export const replyCache = ({
  cache,
  follower,
  maxStaleMs,
}: ReplyCacheOptions): ReplyCache & { readonly stats: () => ReplyCacheStats } => {
  const flights = new Map<string, Flight>();
  let hits = 0;
  let misses = 0;

  /** Without other processes, every change is applied at once. */
  const appliedUntil = (now: number): number => (follower === null ? now : follower.appliedUntil());
  const isFollowing = (): boolean => follower === null || follower.appliedUntil() > -Infinity;

  /** Looks for changes early enough that most requests need not wait for it. */
  const lookIfDue = (now: number): Promise<void> | undefined =>
    follower !== null && now - follower.appliedUntil() >= maxStaleMs / 2 ? follower.look() : undefined;

  const find = (url: string): ReadyReply | null => {
    const entry = cache.get(url);
    if (entry === undefined) return null;
    const now = cache.now().at;
    if (now - Math.max(appliedUntil(now), entry.readAt) >= maxStaleMs) return null;
    void lookIfDue(now);
    hits += 1;
    return entry.value;
  };

  const make = async (
    url: string,
    cost: number,
    since: Moment,
    made: () => Promise<TaggedReply>,
  ): Promise<Reply> => {
    const wasFollowing = isFollowing();
    const { reply, tags } = await made();
    const ready = rendered(reply);
    if (wasFollowing && isFollowing()) {
      const bytes = OVERHEAD.entry + OVERHEAD.tag * tags.length + sizeOf(url) + sizeOf(ready.body);
      cache.set(url, { reply: ready, cost }, { since, tags, bytes });
    }
    return ready;
  };

  /** A request that arrives after a change gets no reply whose data may have been read before it. */
  const isJoinable = ({ since }: Flight): boolean =>
    cache.isSame(since) && cache.now().at - since.at < maxStaleMs;

  const fly = (url: string, cost: number, made: () => Promise<TaggedReply>): Promise<Reply> => {
    const running = flights.get(url);
    if (running !== undefined && isJoinable(running)) return running.reply;
    misses += 1;
    const since = cache.now();
    const reply = make(url, cost, since, made).finally(() => {
      if (flights.get(url) === flight) flights.delete(url);
    });
    const flight = { since, reply };
    flights.set(url, flight);
    return reply;
  };

  return {
    find,
    answer: async (url, cost, made) => {
      if (url.length > MAX_URL) return (await made()).reply;
      const look = lookIfDue(cache.now().at);
      if (look !== undefined && cache.get(url) !== undefined) {
        // A database that does not respond delays the request by no more than that.
        await Promise.race([look, sleep(maxStaleMs, undefined, { ref: false })]);
        const ready = find(url);
        if (ready !== null) return ready.reply;
      }
      return fly(url, cost, made);
    },
    stats: () => {
      const until = follower?.appliedUntil() ?? -Infinity;
      return {
        hits,
        misses,
        bytes: cache.bytes(),
        lookedMsAgo: until === -Infinity ? null : Math.round(cache.now().at - until),
      };
    },
  };
};
