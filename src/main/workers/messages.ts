/** What a worker tells the primary process. */
export type FromWorker =
  /** It serves; `message` is for the operator. */
  { readonly kind: 'serving'; readonly message: string } | { readonly kind: 'metrics'; readonly id: number };

/** What the primary process tells a worker. */
export type ToWorker =
  | { readonly kind: 'retire' }
  /** The metrics of all workers together; null if they could not be collected. */
  | { readonly kind: 'metrics'; readonly id: number; readonly text: string | null };
