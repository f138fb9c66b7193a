import type { Announcement } from './announcement.js';

/** What a worker, or a service that another process has started, tells that process. */
export type FromWorker =
  /** It serves. */
  | { readonly kind: 'serving'; readonly announcement: Announcement }
  | { readonly kind: 'metrics'; readonly id: number };

/** What the primary process tells a worker. */
export type ToWorker =
  | { readonly kind: 'retire' }
  /** The metrics of all workers together; null if they could not be collected. */
  | { readonly kind: 'metrics'; readonly id: number; readonly text: string | null };
