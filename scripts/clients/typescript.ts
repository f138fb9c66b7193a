import openapiTS, { astToString } from 'openapi-typescript';

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

interface Operation {
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly $ref?: string }[];
}

/** Any OpenAPI document of this shop: as it is published, or as it was read from a file. */
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Partial<Record<(typeof METHODS)[number], Operation>>>>>;
}

/**
 * Returns the document without the header fields of responses, which clients do not read by their types, and which make it twice as
 * large. A response is what has a text as its description; schemas may have a property of that name.
 */
const withoutHeaders = (document: Document): string =>
  JSON.stringify(document, function (this: { readonly description?: unknown }, key, value: unknown) {
    return key === 'headers' && typeof this.description === 'string' ? undefined : value;
  });

/** Returns the operations, such as `POST /orders`, that a condition holds for. */
const operations = (
  { paths }: Document,
  holds: (operation: Operation, method: (typeof METHODS)[number]) => boolean,
): readonly string[] =>
  Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation !== undefined && holds(operation, method) ? [`${method.toUpperCase()} ${path}`] : [];
    }),
  );

const listOf = (name: string, description: string, items: readonly string[]): string =>
  `/** ${description} */\nexport const ${name} = [\n${items.map((item) => `    '${item}',\n`).join('')}] as const;\n`;

/** Returns the module of the TypeScript client that is made from the OpenAPI document: its types, and what it says of operations. */
export const typescriptApi = async (document: Document): Promise<string> => {
  // A request may leave out what has a default; the shop's responses say in `required` what they always have.
  const types = await openapiTS(withoutHeaders(document), { defaultNonNullable: false });
  return [
    '// Made from docs/openapi.json by `npm run generate`.\n',
    listOf(
      'ANONYMOUS_OPERATIONS',
      'Operations that require no access token.',
      operations(document, ({ security }) => security?.length === 0),
    ),
    listOf(
      'KEYED_OPERATIONS',
      'Operations that accept an `Idempotency-Key`.',
      operations(document, ({ parameters = [] }) =>
        parameters.some(({ $ref }) => $ref === '#/components/parameters/IdempotencyKey'),
      ),
    ),
    astToString(types),
  ].join('\n');
};
