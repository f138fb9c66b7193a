// The page of the operations and the statuses that tests have received from them.
import type { RecordedResponse } from '../../tests/support/recorded-responses.js';

interface Response {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: ProblemSchema }>>;
}

interface ProblemSchema {
  readonly $ref?: string;
  readonly discriminator?: { readonly mapping: Readonly<Record<string, string>> };
  readonly allOf?: readonly {
    readonly properties?: { readonly code?: { readonly enum: readonly string[] } };
  }[];
}

/** The OpenAPI document, as far as it declares responses. */
export interface DeclaringDocument {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          { readonly operationId: string; readonly responses: Readonly<Record<string, Response>> }
        >
      >
    >
  >;
  readonly components: {
    readonly responses: Readonly<Record<string, Response>>;
    readonly schemas: Readonly<Record<string, ProblemSchema>>;
  };
}

/** A status of an operation, with the codes of its problems. */
interface Declared {
  readonly operation: string;
  readonly status: number;
  readonly codes: readonly string[];
}

const nameOf = (reference: string): string => reference.split('/').at(-1) ?? '';

const codesOf = ({ components }: DeclaringDocument, given: Response): readonly string[] => {
  const response = given.$ref === undefined ? given : components.responses[nameOf(given.$ref)];
  const schema = response?.content?.['application/problem+json']?.schema;
  if (schema?.discriminator !== undefined) return Object.keys(schema.discriminator.mapping);
  const problem = components.schemas[nameOf(schema?.$ref ?? '')];
  return (problem?.allOf ?? []).flatMap(({ properties }) => properties?.code?.enum ?? []);
};

const declaredBy = (document: DeclaringDocument): readonly Declared[] =>
  Object.values(document.paths).flatMap((item) =>
    Object.values(item).flatMap(({ operationId, responses }) =>
      Object.entries(responses).map(([status, response]) => ({
        ...{ operation: operationId, status: Number(status) },
        codes: codesOf(document, response),
      })),
    ),
  );

const keyOf = (...parts: readonly (string | number | null)[]): string => parts.join(' ');

const grouped = <T>(all: readonly T[], key: (one: T) => string): ReadonlyMap<string, readonly T[]> => {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return groups;
};

/** The test that receives each declared status. */
const KEEPER = 'tests/contract/statuses.test.ts';

/** Letters of the folders of tests. */
const LETTERS: Readonly<Record<string, string>> = {
  'tests/contract': 'T',
  'tests/accounts': 'A',
  'tests/audit': 'U',
  'tests/cart': 'B',
  'tests/catalog': 'C',
  'tests/customers': 'P',
  'tests/ordering': 'O',
  'tests/privacy': 'V',
  'tests/webhooks': 'W',
  'tests/main': 'M',
  'tests/platform': 'H',
  'tests/journeys': 'J',
  'tests/security': 'S',
  'tests/integrity': 'I',
};

const folderOf = (file: string): string => /^\w+\/[^/]+/.exec(file)?.[0] ?? '';

const letterOf = ({ file }: RecordedResponse): string => LETTERS[folderOf(file ?? '')] ?? UNKNOWN;

/** Stands for a file that the stack of a response did not show. */
const UNKNOWN = '?';

const table = (headings: readonly string[], rows: readonly (readonly string[])[]): string =>
  [headings, headings.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const date = (at: Date): string => at.toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

/** Returns the page as Markdown; `at` is the time of the run. */
export const statusesPage = (
  document: DeclaringDocument,
  recorded: readonly RecordedResponse[],
  at: Date,
): string => {
  const declared = declaredBy(document);
  const statuses = [...new Set(declared.map(({ status }) => status))].sort((a, b) => a - b);
  const operations = [...new Set(declared.map(({ operation }) => operation))];
  const isDeclared = new Set(declared.map(({ operation, status }) => keyOf(operation, status)));
  const received = grouped(recorded, ({ operation, status }) => keyOf(operation, status));
  const receivedOf = ({ operation, status }: Pick<Declared, 'operation' | 'status'>) =>
    received.get(keyOf(operation, status)) ?? [];

  const cell = (operation: string, status: number): string => {
    if (!isDeclared.has(keyOf(operation, status))) return '';
    const letters = new Set(receivedOf({ operation, status }).map(letterOf));
    if (letters.size > 1) letters.delete(UNKNOWN);
    return letters.size === 0 ? '**none**' : [...letters].sort().join('');
  };
  const missing = declared.filter((each) => receivedOf(each).length === 0);
  const elsewhere = (each: Declared): boolean => receivedOf(each).some(({ file }) => file !== KEEPER);
  const perStatus = statuses.map((status) => {
    const all = declared.filter((each) => each.status === status);
    return [
      status,
      all.length,
      all.filter((each) => receivedOf(each).length > 0).length,
      all.filter(elsewhere).length,
    ];
  });
  const withCode = new Set(recorded.map(({ operation, code }) => keyOf(operation, code)));
  const perCode = [
    ...grouped(
      declared.flatMap(({ operation, codes }) => codes.map((code) => ({ operation, code }))),
      ({ code }) => code,
    ),
  ]
    .map(([code, all]) => ({
      ...{ code, all: all.length },
      received: all.filter(({ operation }) => withCode.has(keyOf(operation, code))).length,
    }))
    .sort((a, b) => (a.code < b.code ? -1 : 1));
  const silent = perCode.filter((each) => each.received === 0).map(({ code }) => `\`${code}\``);
  const files = [...new Set(recorded.flatMap(({ file }) => file ?? []))].sort();

  return `# Evidence of the tests: statuses

Which statuses of each operation tests have received over HTTP, from a listening shop. Each response that a test receives through
[http-client.ts](../../tests/support/http-client.ts) is compared with the OpenAPI document, and recorded if \`RECORD_RESPONSES\` names a folder:

\`\`\`console
RECORD_RESPONSES=/tmp/responses npm test
npm run evidence:statuses -- /tmp/responses
\`\`\`

This page was made by the second line on ${date(at)}, from ${String(files.length)} [files of tests](#files). No run of all tests is needed to know that
every declared status can happen: [statuses.test.ts](../../${KEEPER}), one of \`npm test\`, receives each status of each operation in a
minute, from one process and from five services, and fails for one that it does not receive.

It makes four statuses by parts through which the requests of all operations pass, one operation after the other: 429 by a counter that
is exceeded, 503 by a process that is not ready (and by one that shuts down), 500 by an error ahead of the router, and 409, but for three operations, by a
transaction that always meets a concurrent one. A 404 of the caller's own account is received while that account is erased between the
check of the token and the work. All others are received as clients receive them.

## Operations and statuses

A letter stands for a folder of tests that has received the status:
${Object.entries(LETTERS)
  .map(([folder, letter]) => `${letter} \`${folder}\``)
  .join(', ')}. An empty cell is not declared.

${table(
  ['Operation', ...statuses.map(String)],
  operations.map((operation) => [`\`${operation}\``, ...statuses.map((status) => cell(operation, status))]),
)}

## Declared and received by no test

${missing.length === 0 ? `None of ${String(declared.length)} pairs.` : missing.map(({ operation, status }) => `- \`${operation}\` ${String(status)}`).join('\n')}

## By status

The last column counts the operations from which other tests than statuses.test.ts have received it.

${table(
  ['Status', 'Declared by', 'Received from', 'By other tests'],
  perStatus.map((row) => row.map(String)),
)}

## By code

How many operations declare the code of a problem, and from how many it was received. A code of the platform, such as \`stale_write\` or
\`invalid_cursor\`, is made by one part for all of them. ${
    silent.length === 0
      ? 'Each code was received from some operation.'
      : `Received from none: ${silent.join(', ')}. Not recorded is what a test receives through a connection of its own, or from an app that is no shop.`
  }

${table(
  ['Code', 'Declared by', 'Received from'],
  perCode.map((each) => [`\`${each.code}\``, String(each.all), String(each.received)]),
)}

## Files

The files of tests that received the responses.

${[...grouped(files, folderOf)]
  .map(
    ([folder, all]) =>
      `- \`${folder}\`: ${all.map((file) => file.slice(folder.length + 1).replace('.test.ts', '')).join(', ')}`,
  )
  .join('\n')}
`;
};
