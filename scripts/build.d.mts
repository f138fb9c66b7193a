/** Builds dist/ unless it was built from what lies here now; `force` builds in any case. */
export declare const build: (options?: { readonly force?: boolean }) => Promise<void>;
