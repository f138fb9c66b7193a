/** A row of a file as it is written. */
export type FileRow =
  { readonly line: number; readonly fields: object } | { readonly line: number; readonly problem: string };

/** Of a line of NDJSON or a record of CSV, in characters: the longest description with every character escaped. */
export const MAX_RECORD = 128 * 1024;
