import type { ErrorEntry } from '#src/kernel/errors.js';
import type { UserId } from '#src/kernel/ids.js';
import { pagesFrom, type Page, type Position } from '#src/kernel/page.js';
import type { ObjectSchema } from './schema/schema.js';

/** A member of the exported document, read in the transaction of the export. */
export interface ExportedMember<in Ports, View extends object = object> {
  readonly name: string;
  readonly body: ObjectSchema<View>;
  readonly description: string;
  /** Refusals of `export`. */
  readonly errors?: readonly ErrorEntry[];
  export(ports: Ports): (person: UserId) => Promise<View>;
}

/** A list of the exported document, however long: each page is read when it is needed, outside any transaction. */
export interface ExportedList<in Queries, Item extends object = object> {
  readonly name: string;
  /** Schema of an item. */
  readonly body: ObjectSchema<Item>;
  readonly description: string;
  pages(queries: Queries): (person: UserId) => AsyncIterable<readonly Item[]>;
  /** Reads the page behind a position: all that another process can ask for, which keeps nothing between two pages. */
  page?(queries: Queries): (person: UserId, after: Position | null) => Promise<Page<Item>>;
}

/** Combines an exported member with its published schema. */
export const exportedMember = <Ports, View extends object>(
  member: ExportedMember<Ports, View>,
): ExportedMember<Ports, View> => member;

/** Combines an exported list with its published schema. */
export const exportedList = <Queries, Item extends object>(
  list: ExportedList<Queries, Item>,
): ExportedList<Queries, Item> => list;

/** The same of a list that is read by position, which therefore may be in another process than the export. */
export const pagedList = <Queries, Item extends object>(
  list: Omit<ExportedList<Queries, Item>, 'pages' | 'page'> & {
    readonly page: (queries: Queries) => (person: UserId, after: Position | null) => Promise<Page<Item>>;
  },
): ExportedList<Queries, Item> => ({
  ...list,
  pages: (queries) => (person) => pagesFrom((after) => list.page(queries)(person, after)),
});
