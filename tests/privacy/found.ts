import { createHash, getHashes } from 'node:crypto';
import type { Rows } from '../security/watched-database.js';
import { inflated } from '../support/inflated.js';

const DIGESTS = ['md5', 'sha1', 'sha256', 'sha384', 'sha512'].filter((name) => getHashes().includes(name));

/**
 * Returns all forms in which a text may be stored: in another letter case, inside JSON, URLs and encodings, and hashed without a
 * secret.
 */
const spellings = (
  text: string,
): { readonly folded: readonly string[]; readonly exact: readonly string[] } => {
  const forms = [...new Set([text, text.toLowerCase(), text.toUpperCase(), text.normalize('NFKD')])];
  const digits = text.replaceAll(/[\s+]/g, '');
  const hashes = forms.flatMap((form) => DIGESTS.map((name) => createHash(name).update(form).digest()));
  const bytes = [...forms.map((form) => Buffer.from(form)), ...hashes];
  return {
    // Letter case makes no difference to these.
    folded: [
      ...forms.flatMap((form) => [form, JSON.stringify(form).slice(1, -1), encodeURIComponent(form)]),
      ...(/^\d{7,}$/.test(digits) ? [digits] : []),
      ...bytes.map((each) => each.toString('hex')),
    ].map((each) => each.toLowerCase()),
    exact: bytes.flatMap((each) => [each.toString('base64').replace(/=+$/, ''), each.toString('base64url')]),
  };
};

/** What looks for texts in texts, however they are written there. */
export const finder = (texts: readonly string[]): ((where: string) => readonly string[]) => {
  const all = texts.map((text) => ({ text, ...spellings(text) }));
  return (where) => {
    const folded = where.toLowerCase();
    return all
      .filter(
        (each) =>
          each.folded.some((one) => folded.includes(one)) || each.exact.some((one) => where.includes(one)),
      )
      .map(({ text }) => text);
  };
};

const textOf = (cell: unknown): string => {
  if (Buffer.isBuffer(cell))
    return `${inflated(cell.toString('latin1'), Buffer.from(cell))} ${cell.toString('hex')}`;
  return typeof cell === 'string' ? inflated(cell) : JSON.stringify(cell);
};

/** Where in all tables something of these texts is left: `table.column: text`. */
export const traces = (rows: Rows, texts: readonly string[]): readonly string[] => {
  const find = finder(texts);
  const found = Object.entries(rows).flatMap(([table, all]) =>
    all.flatMap((row) =>
      Object.entries(row).flatMap(([column, cell]) =>
        find(textOf(cell)).map((text) => `${table}.${column}: ${text}`),
      ),
    ),
  );
  return [...new Set(found)].sort();
};
