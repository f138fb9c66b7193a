import type { Brand } from '#src/kernel/brand.js';
import type { ApiKeyId, UserId } from '#src/kernel/ids.js';
import type { CategoryId } from './category.js';
import type { ProductContent } from './product.js';
import { fail } from './errors.js';

export type ImportId = Brand<string, 'ImportId'>;

/**
 * - `receiving`: its rows are being uploaded.
 * - `running`: all rows are stored and are being applied.
 * - `finished`: every row has been applied or refused.
 * - `cancelled`: an administrator has stopped it; what was applied stays.
 * - `failed`: the upload was not completed; nothing was applied.
 */
export const IMPORT_STATUSES = ['receiving', 'running', 'finished', 'cancelled', 'failed'] as const;
export type ImportStatus = (typeof IMPORT_STATUSES)[number];

export const IMPORT_FORMATS = ['csv', 'ndjson'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** What has become of the rows so far. */
export interface ImportCounts {
  /** Rows that were received. */
  readonly rows: number;
  /** Rows that made a product. */
  readonly created: number;
  /** Rows that changed one. */
  readonly updated: number;
  /** Rows that say of a product what it is already. */
  readonly unchanged: number;
  /** Rows that were refused. */
  readonly refused: number;
}

/** A file of products that is created and updated row by row, after it was uploaded. */
export interface Import extends ImportCounts {
  readonly id: ImportId;
  readonly status: ImportStatus;
  readonly format: ImportFormat;
  /** The administrator, or the API key. Null for the operator of the shop. */
  readonly requestedBy: UserId | ApiKeyId | null;
  /** Rises when it begins, with each batch, and when it ends. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Null while it is received or runs. */
  readonly finishedAt: Date | null;
}

/** What a row sets of a product. An absent field stays as it is. The category is named by its id or by its name. */
export interface ImportedContent extends Partial<Omit<ProductContent, 'sku' | 'price'>> {
  /** In minor units of the shop's currency. */
  readonly priceMinor?: number;
  readonly quantity?: number;
  readonly categoryName?: string;
  readonly categoryId?: CategoryId | null;
}

/** A valid row of a file. */
export interface ImportRow {
  /** Where it begins in the file; the first line is 1. */
  readonly line: number;
  readonly sku: string;
  readonly content: ImportedContent;
}

/** A problem of a row, in a field of it; empty for the whole row. */
export interface RowProblem {
  readonly field: string;
  readonly detail: string;
}

/** A row that was refused. */
export interface RowError {
  readonly line: number;
  /** Null if the row has none that is valid. */
  readonly sku: string | null;
  readonly problems: readonly RowProblem[];
}

/** Errors of further rows are counted and not stored. */
export const MAX_STORED_ERRORS = 10_000;

/** How many imports may be received or run at a time: their rows are stored until they are applied. */
export const MAX_UNFINISHED_IMPORTS = 10;

export const NO_COUNTS: ImportCounts = { rows: 0, created: 0, updated: 0, unchanged: 0, refused: 0 };

/** An import of which no row was received yet. */
const receive = (
  { id, format, requestedBy }: Pick<Import, 'id' | 'format' | 'requestedBy'>,
  at: Date,
): Import => ({
  ...{ id, format, requestedBy },
  status: 'receiving',
  ...NO_COUNTS,
  version: 1,
  createdAt: at,
  updatedAt: at,
  finishedAt: null,
});

const moveTo = (found: Import, status: ImportStatus, at: Date): Import => ({
  ...found,
  status,
  version: found.version + 1,
  updatedAt: at,
  finishedAt: status === 'running' ? null : at,
});

const isUnfinished = ({ status }: Pick<Import, 'status'>): boolean =>
  status === 'receiving' || status === 'running';

/** All rows are stored: they can be applied. Fails with `import_ended` if it was cancelled, or given up, meanwhile. */
const run = (found: Import, at: Date): Import => {
  if (found.status !== 'receiving') throw fail('import_ended', { importStatus: found.status });
  return moveTo(found, 'running', at);
};

/** Ends a batch of rows, or the whole import. */
const advance = (found: Import, { isLast }: { readonly isLast: boolean }, at: Date): Import =>
  moveTo(found, isLast ? 'finished' : 'running', at);

const cancel = (found: Import, at: Date): Import => moveTo(found, 'cancelled', at);

/** Gives up an import whose upload was not completed. */
const giveUp = (found: Import, at: Date): Import => moveTo(found, 'failed', at);

export const Import = { receive, run, advance, cancel, giveUp, isUnfinished };
