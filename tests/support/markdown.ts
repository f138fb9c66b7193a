/** A fenced block of code in a Markdown document. */
export interface CodeBlock {
  readonly file: string;
  /** The line of its opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

const FENCE = /^(?<indent> *)(?<fence>`{3,}|~{3,})(?<language>[^\s`]*)[^`]*$/;

const firstUnclosed = (file: string, line: number): Error =>
  new Error(`${file}:${String(line)} opens a block of code that is never closed`);

const lineParts = (line: string) => FENCE.exec(line)?.groups;

/** The text without its blocks of code, and those blocks. Throws when a block is not closed. */
const parse = (
  file: string,
  text: string,
): { readonly prose: string; readonly blocks: readonly CodeBlock[] } => {
  const prose: string[] = [];
  const blocks: CodeBlock[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const opening = lineParts(lines[at] ?? '');
    if (opening === undefined) {
      prose.push(lines[at] ?? '');
      continue;
    }
    const { indent = '', fence = '', language = '' } = opening;
    const length = lines.slice(at + 1).findIndex((line) => line.trim() === fence);
    if (length === -1) throw firstUnclosed(file, at + 1);
    const code = lines.slice(at + 1, at + 1 + length).map((line) => line.replace(indent, ''));
    blocks.push({ file, line: at + 1, language, code: `${code.join('\n')}\n` });
    at += length + 1;
  }
  return { prose: prose.join('\n'), blocks };
};

export const codeBlocks = (file: string, text: string): readonly CodeBlock[] => parse(file, text).blocks;

const withoutInlineCode = (prose: string): string => prose.replaceAll(/(`+)(?!`).*?[^`]\1(?!`)/g, '');

/** The targets of `[text](target)` outside of code, in their order; not those of other hosts. */
export const localLinks = (file: string, text: string): readonly string[] =>
  [...withoutInlineCode(parse(file, text).prose).matchAll(/\]\(<?(?<target>[^)>\s]+)>?[^)]*\)/g)]
    .map(({ groups }) => groups?.['target'] ?? '')
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target));

/** What a link can name behind `#`: the document's headings in lower case, with dashes for spaces. */
export const anchors = (file: string, text: string): readonly string[] =>
  [...parse(file, text).prose.matchAll(/^#+ +(?<title>.+?)\s*$/gm)].map(({ groups }) =>
    (groups?.['title'] ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** A table whose columns are in line. */
export const markdownTable = (headings: readonly string[], rows: readonly (readonly string[])[]): string => {
  const all = [headings, ...rows];
  const widths = headings.map((_heading, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(headings), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
};
