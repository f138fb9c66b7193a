import { EXAMPLE_ADMINISTRATOR, EXAMPLE_NEW_PRODUCT } from '#src/kernel/examples.js';
import { Money } from '#src/kernel/money.js';
import { page, pageRequest, pagingSearch } from '#src/platform/http/lists/list.js';
import { ok, started } from '#src/platform/http/routes/reply.js';
import { route, type Route } from '#src/platform/http/routes/route.js';
import { createdAt, idParam, pageOf, storedInteger, updatedAt } from '#src/platform/http/routes/schemas.js';
import {
  array,
  enumeration,
  object,
  oneOf,
  string,
  timestamp,
  uuid,
  type ValueOf,
} from '#src/platform/schema/schema.js';
import { cancelImport, importProducts } from '../../application/import-products.js';
import type { ProductDetails } from '../../application/ports.js';
import { exportProducts, getImport, listImportErrors, listImports } from '../../application/queries.js';
import { fail } from '../../domain/errors.js';
import {
  IMPORT_FORMATS,
  IMPORT_STATUSES,
  type Import,
  type ImportId,
  type RowError,
} from '../../domain/import.js';
import { readRows } from './files/read-rows.js';
import { csvOf, ndjsonOf } from './files/write-rows.js';
import type { CatalogRouteDeps } from './catalog-deps.js';
import {
  COLUMNS,
  CSV,
  exportedRow,
  exportedFiles,
  importedFiles,
  FORMATS,
  NDJSON,
  rowBody,
  rowChecker,
  type ExportedRow,
} from './import-rows.js';

const TAG = 'Catalog';

const EXAMPLE_ID = '019b76da-a800-7000-8000-000000000051' as ImportId;

const body = object(
  'ProductImport',
  {
    id: uuid().description('Id of the import').example(EXAMPLE_ID),
    status: enumeration('ImportStatus', 'Status of an import', IMPORT_STATUSES)
      .description(
        '`receiving` during the upload, `running` while rows are applied; then `finished`, `cancelled`, or `failed` if the upload was not completed',
      )
      .example('running'),
    format: oneOf(...IMPORT_FORMATS)
      .description('Format of the file')
      .example('csv'),
    requestedBy: uuid()
      .nullable()
      .description('Id of the administrator or of the API key')
      .example(EXAMPLE_ADMINISTRATOR.id),
    rows: storedInteger().description('Number of rows received').example(1),
    processed: storedInteger().description('Number of rows applied or refused so far').example(0),
    created: storedInteger().description('Number of rows that created a product').example(0),
    updated: storedInteger().description('Number of rows that changed one').example(0),
    unchanged: storedInteger()
      .description('Number of rows that said of a product what it was already')
      .example(0),
    refused: storedInteger().description('Number of rows with errors, which changed nothing').example(0),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    finishedAt: timestamp().nullable().description('Time at which it ended; null before'),
  },
  { description: 'An import of products' },
);

const view = (found: Import): ValueOf<typeof body> => {
  const { id, status, format, requestedBy, rows, created, updated, unchanged, refused } = found;
  return {
    ...{ id, status, format, requestedBy, rows },
    processed: created + updated + unchanged + refused,
    ...{ created, updated, unchanged, refused },
    createdAt: found.createdAt.toISOString(),
    updatedAt: found.updatedAt.toISOString(),
    finishedAt: found.finishedAt?.toISOString() ?? null,
  };
};

const errorBody = object(
  'ProductImportError',
  {
    line: storedInteger(1)
      .description('Line at which the row begins; the first line of the file is 1')
      .example(3),
    sku: string().nullable().description('SKU of the row, if it has one').example(EXAMPLE_NEW_PRODUCT.sku),
    errors: array(
      object(
        'ProductImportProblem',
        {
          pointer: string({ blank: true })
            .description('JSON pointer to the field (RFC 6901); empty for the whole row')
            .example('/price'),
          detail: string()
            .description('What is wrong and what would be right')
            .example('The price must have at most 2 decimals.'),
        },
        { description: 'What is wrong with a field of a row' },
      ),
    ).description('What is wrong with the row'),
  },
  { description: 'A row that was refused' },
);

const viewError = ({ line, sku, problems }: RowError): ValueOf<typeof errorBody> => ({
  ...{ line, sku },
  errors: problems.map(({ field, detail }) => ({ pointer: field && `/${field}`, detail })),
});

/** A product as a row that an import would accept. */
const viewRow = ({ product, stock, category }: ProductDetails): ExportedRow => ({
  sku: product.sku,
  name: product.name,
  description: product.description,
  price: Money.toMajor(product.price),
  quantity: stock.quantity,
  category: category?.name ?? null,
  imageUrl: product.imageUrl,
});

const EXPORTED = COLUMNS.filter((column) => column !== 'categoryId');

const rowsOf = async function* (pages: AsyncIterable<readonly ProductDetails[]>) {
  for await (const details of pages) yield details.map(viewRow);
};

const jobs = ({ imports, transact }: CatalogRouteDeps): readonly Route[] => [
  route({
    method: 'get',
    path: '/imports',
    operationId: 'listImports',
    tag: TAG,
    access: 'admin',
    scope: 'catalog:write',
    summary: 'List imports',
    description: 'The latest first. An import is removed 30 days after it has ended.',
    search: pagingSearch,
    replies: {
      200: {
        description: 'A page of imports',
        body: pageOf('ProductImportPage', body),
        headers: ['Link'],
      },
    },
    query: (input) => listImports({ imports })(input.actor, pageRequest(input, 'time')),
    reply: (result, input) => page(result, view, input),
  }),
  route({
    method: 'get',
    path: '/imports/:id',
    operationId: 'getImport',
    tag: TAG,
    access: 'admin',
    scope: 'catalog:write',
    summary: 'Get an import',
    description: 'Shows how far it has come.',
    params: idParam(EXAMPLE_ID),
    replies: { 200: { body } },
    errors: fail.pick('import_not_found'),
    query: ({ actor, params }) => getImport({ imports })(actor, params.id),
    reply: (found) => ok(view(found)),
  }),
  route({
    method: 'get',
    path: '/imports/:id/errors',
    operationId: 'listImportErrors',
    tag: TAG,
    access: 'admin',
    scope: 'catalog:write',
    summary: 'List the rows that an import has refused',
    description: 'In the order of the file. The first 10,000 are stored.',
    params: idParam(EXAMPLE_ID),
    search: pagingSearch,
    replies: {
      200: {
        description: 'A page of rows that were refused',
        body: pageOf('ProductImportErrorPage', errorBody),
        headers: ['Link'],
      },
    },
    errors: fail.pick('import_not_found'),
    query: (input) =>
      listImportErrors({ imports })(input.actor, input.params.id, pageRequest(input, 'number')),
    reply: (result, input) => page(result, viewError, input),
  }),
  route({
    method: 'post',
    path: '/imports/:id/cancel',
    operationId: 'cancelImport',
    tag: TAG,
    access: 'admin',
    scope: 'catalog:write',
    summary: 'Cancel an import',
    description:
      'No further row is applied; what was applied stays. An import that has ended stays as it is. During an upload, the upload is refused with `import_ended`.',
    params: idParam(EXAMPLE_ID),
    replies: {
      200: {
        description: 'The import, `cancelled` unless it had ended before',
        body,
        example: { status: 'cancelled' },
      },
    },
    errors: fail.pick('import_not_found'),
    transact,
    command: ({ actor, params }) => cancelImport(actor, params.id),
    audit: 'recorded', // unless it had ended before
    reply: (found) => ok(view(found)),
  }),
];

/** Imports and exports of many products. */
export const importRoutes = (deps: CatalogRouteDeps): readonly Route[] => {
  const { transact, newId, now, currency, products } = deps;
  return [
    route({
      method: 'post',
      path: '/products/import',
      operationId: 'importProducts',
      cost: { base: 20 },
      tag: TAG,
      access: 'admin',
      scope: 'catalog:write',
      summary: 'Import products',
      description: [
        'Creates and updates products from a file, each row by its SKU. The file is CSV or NDJSON, up to 1,000,000 rows and 256 MiB; ' +
          'it is stored while it arrives. The rows are applied after the response, in the order of the file and each in full or ' +
          'not at all: follow the progress at `Location`.',
        `Columns, and fields of a JSON object, are ${COLUMNS.map((name) => `\`${name}\``).join(', ')}; ` +
          '`sku` is required, and `name` and `price` for a new product. What is absent stays as it is. In CSV, an empty cell of ' +
          '`name`, `price` or `quantity` counts as absent, and of `category`, `categoryId` or `imageUrl` as null. `quantity` sets ' +
          'the stock to what was counted, and sales since the count are lost from it: leave the column out to keep the stock. ' +
          'A SKU that is there twice is applied twice.',
        'Rows with errors change nothing and are listed at `GET /imports/{id}/errors`; the others are applied. A file that cannot ' +
          'be read to its end is refused, and nothing of it is applied. The same file can be sent again.',
      ].join('\n\n'),
      upload: importedFiles,
      uploadRows: rowBody(currency),
      idempotent: false, // takes no key: the same file again sets the same again
      replies: {
        202: { description: 'The import, with the status `running`', body, headers: ['Location'] },
      },
      errors: fail.pick(
        'invalid_import',
        'import_empty',
        'import_too_large',
        'import_ended',
        'too_many_imports',
      ),
      transact,
      command: ({ actor, upload }) => {
        const format = FORMATS[upload?.mediaType ?? ''];
        if (upload === undefined || format === undefined) throw new Error('the route takes no other body');
        const rows = rowChecker(format, currency)(readRows(format, upload.bytes, COLUMNS));
        return importProducts({ transact, newId, now })(actor, format, rows);
      },
      audit: { action: 'import.started', subject: ({ id }) => id },
      reply: (running) => started(`/imports/${running.id}`, view(running)),
    }),
    route({
      method: 'get',
      path: '/products/export',
      operationId: 'exportProducts',
      cost: { base: 20 },
      tag: TAG,
      access: 'admin',
      scope: 'catalog:read',
      summary: 'Export products',
      description:
        'All products of the shop, the latest first, as rows that `POST /products/import` accepts: NDJSON, or CSV if `Accept` prefers it. Each is as it is when its page is read. Products without a SKU have an empty `sku`, and cannot be imported. In CSV, a text that a spreadsheet would take for a formula begins with an apostrophe, which an import removes. If it cannot be completed, the connection is closed before its end.',
      replies: {
        200: {
          description: 'The products',
          body: exportedFiles[NDJSON],
          mediaType: NDJSON,
          alternatives: { [CSV]: exportedFiles[CSV] },
          rows: exportedRow(currency),
        },
      },
      query: ({ actor, request }) => {
        const preferred = request.prefers([NDJSON, CSV]);
        const pages = rowsOf(exportProducts({ products })(actor));
        return preferred === CSV
          ? { type: CSV, stream: csvOf(EXPORTED, pages) }
          : { type: NDJSON, stream: ndjsonOf(pages) };
      },
      reply: ({ type, stream }) => ok(stream, { headers: { 'Content-Type': `${type}; charset=utf-8` } }),
    }),
    ...jobs(deps),
  ];
};
