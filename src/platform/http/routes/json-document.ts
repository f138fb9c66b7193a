import { Readable } from 'node:stream';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

/** A member of a document that is a list, read page by page while the document is sent. */
export interface ListMember {
  readonly name: string;
  readonly pages: AsyncIterable<readonly unknown[]>;
}

export interface JsonDocument {
  /** The members that are known in advance. */
  readonly members: Readonly<Record<string, unknown>>;
  /** The members that follow them. */
  readonly lists: readonly ListMember[];
  /** Called when everything else has been read. Rejects if the document must not be completed. */
  readonly confirm: () => Promise<void>;
}

const textOf = async function* ({ members, lists, confirm }: JsonDocument): AsyncGenerator<string> {
  const opening = JSON.stringify(members).slice(0, -1);
  yield opening;
  let comma = opening === '{' ? '' : ',';
  for (const { name, pages } of lists) {
    yield `${comma}${JSON.stringify(name)}:[`;
    comma = '';
    for await (const page of pages) {
      if (page.length > 0) yield comma + JSON.stringify(page).slice(1, -1);
      if (page.length > 0) comma = ',';
      // SQLite returns in the same turn of the event loop: without this, no other request is served before the last page.
      await turnOfTheLoop();
    }
    yield ']';
    comma = ',';
  }
  await confirm();
  yield '}';
};

/**
 * Returns the text of a JSON object as a stream that reads a page when the previous one has been consumed: it pauses while its
 * consumer pauses, and destroying it ends the reading. If a page can't be read, the stream fails before the document is complete.
 */
export const jsonDocument = (document: JsonDocument): Readable =>
  Readable.from(textOf(document), { objectMode: false, highWaterMark: 1 });
