/**
 * Builds dist/ unless it was built from the present sources. `types` also checks every type and writes declarations, which
 * the package needs and a start does not; `force` builds in any case.
 */
export declare const build: (options?: {
  readonly types?: boolean;
  readonly force?: boolean;
}) => Promise<void>;
