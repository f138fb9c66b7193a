import { GONE, type Attempt } from './attempt.js';
import { fail } from './errors.js';
import type { WebhookEventType } from './event-types.js';
import type { EndpointId, SealedSecret } from './ids.js';
import { FAILING_MS, MAX_FORMER_SECRETS, ROTATION_MS } from './limits.js';

/** What the secrets of Standard Webhooks begin with. */
export const SECRET_PREFIX = 'whsec_';

/** Why an endpoint is disabled. `gone`: it has responded with 410. `failing`: no attempt has succeeded for days. */
export const DISABLED_REASONS = ['administrator', 'gone', 'failing'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** A secret that a rotation has replaced, which signs too until `endsAt`. */
export interface FormerSecret {
  readonly secret: SealedSecret;
  readonly endsAt: Date;
}

/** A URL of another program that is sent events. */
export interface Endpoint {
  readonly id: EndpointId;
  readonly url: string;
  readonly description: string;
  readonly eventTypes: readonly WebhookEventType[];
  /** Null while it is enabled. */
  readonly disabledReason: DisabledReason | null;
  readonly secret: SealedSecret;
  /** Those before it, the latest first. */
  readonly formerSecrets: readonly FormerSecret[];
  /** Time of the first attempt of those that have failed since the last success; null if the last attempt has succeeded. */
  readonly failingSince: Date | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type EndpointContent = Pick<Endpoint, 'url' | 'description' | 'eventTypes'>;

export type EndpointChanges = Partial<EndpointContent> & { readonly enabled?: boolean };

const next = (endpoint: Endpoint, changes: Partial<Endpoint>, at: Date): Endpoint => ({
  ...endpoint,
  ...changes,
  version: endpoint.version + 1,
  updatedAt: at,
});

const validFormer = ({ formerSecrets }: Endpoint, at: Date): readonly FormerSecret[] =>
  formerSecrets.filter(({ endsAt }) => endsAt > at);

const isEnabled = ({ disabledReason }: Endpoint): boolean => disabledReason === null;

const isSame = (one: Endpoint, other: Endpoint): boolean =>
  one.url === other.url &&
  one.description === other.description &&
  one.disabledReason === other.disabledReason &&
  one.eventTypes.join() === other.eventTypes.join();

export const Endpoint = {
  create: (id: EndpointId, content: EndpointContent, secret: SealedSecret, at: Date): Endpoint => ({
    id,
    ...content,
    disabledReason: null,
    secret,
    formerSecrets: [],
    failingSince: null,
    version: 1,
    createdAt: at,
    updatedAt: at,
  }),

  isEnabled,

  /** The types of the events that it is sent from now on. */
  wanted: (endpoint: Endpoint): readonly WebhookEventType[] =>
    isEnabled(endpoint) ? endpoint.eventTypes : [],

  /** Returns whether an endpoint wants events that it did not want before a change. */
  wantsMore: (endpoint: Endpoint, before: Endpoint): boolean =>
    !Endpoint.wanted(endpoint).every((type) => Endpoint.wanted(before).includes(type)),

  /** Returns the same endpoint if the changes are what it already is. */
  edit: (endpoint: Endpoint, { enabled, ...content }: EndpointChanges, at: Date): Endpoint => {
    const isToChange = enabled !== undefined && enabled !== isEnabled(endpoint);
    const state: Partial<Endpoint> = isToChange
      ? { disabledReason: enabled ? null : 'administrator', failingSince: null }
      : {};
    const edited = { ...endpoint, ...content, ...state };
    return isSame(endpoint, edited) ? endpoint : next(edited, {}, at);
  },

  /**
   * Makes the present secret a former one, which signs for a day more like those before it, so that a rotation that is repeated for a
   * lost response takes no secret away that a receiver has. `endFormer` ends all of them now. Fails with
   * `webhook_rotation_limit_reached`.
   */
  rotate: (
    endpoint: Endpoint,
    secret: SealedSecret,
    { endFormer, at }: { readonly endFormer: boolean; readonly at: Date },
  ): Endpoint => {
    if (endFormer) return next(endpoint, { secret, formerSecrets: [] }, at);
    const valid = validFormer(endpoint, at);
    if (valid.length >= MAX_FORMER_SECRETS)
      throw fail('webhook_rotation_limit_reached', { limit: MAX_FORMER_SECRETS });
    const former = { secret: endpoint.secret, endsAt: new Date(at.getTime() + ROTATION_MS) };
    return next(endpoint, { secret, formerSecrets: [former, ...valid] }, at);
  },

  /** Stores each secret that signs in another form, under another key; returns the same endpoint if none changes. */
  reseal: (endpoint: Endpoint, sealed: (secret: SealedSecret) => SealedSecret, at: Date): Endpoint => {
    const signing = Endpoint.signing(endpoint, at);
    const secret = sealed(endpoint.secret);
    const formerSecrets = validFormer(endpoint, at).map((former) => ({
      ...former,
      secret: sealed(former.secret),
    }));
    const isSame = [secret, ...formerSecrets.map((former) => former.secret)].every(
      (each, index) => each === signing[index],
    );
    return isSame ? endpoint : next(endpoint, { secret, formerSecrets }, at);
  },

  /** The secrets that sign at a time, the present one first. */
  signing: (endpoint: Endpoint, at: Date): readonly SealedSecret[] => [
    endpoint.secret,
    ...validFormer(endpoint, at).map(({ secret }) => secret),
  ],

  /**
   * Notes what an attempt says about an endpoint: 410 disables it, and so does a failure after days in which every attempt has failed.
   * Returns the same endpoint if it says nothing new.
   */
  attempted: (
    endpoint: Endpoint,
    { outcome, status, at }: Pick<Attempt, 'outcome' | 'status' | 'at'>,
  ): Endpoint => {
    const { failingSince } = endpoint;
    if (outcome === 'delivered')
      return failingSince === null ? endpoint : next(endpoint, { failingSince: null }, at);
    if (status === GONE) return next(endpoint, { disabledReason: 'gone' }, at);
    if (failingSince === null) return next(endpoint, { failingSince: at }, at);
    return at.getTime() - failingSince.getTime() >= FAILING_MS
      ? next(endpoint, { disabledReason: 'failing' }, at)
      : endpoint;
  },
} as const;
