import { EXAMPLE_CATEGORY, EXAMPLE_NEW_PRODUCT, EXAMPLE_PRODUCT } from '#src/kernel/examples.js';
import { Money, type Currency } from '#src/kernel/money.js';
import { amount, storedInteger } from '#src/platform/http/routes/schemas.js';
import { checkRow } from '#src/platform/http/routes/validation.js';
import { object, string, text, type ValueOf } from '#src/platform/schema/schema.js';
import type { ReadRow } from '../../application/import-products.js';
import { MAX_SKU } from '../../domain/sku.js';
import type { ImportFormat, ImportRow, RowError } from '../../domain/import.js';
import type { FileRow } from './files/file-row.js';
import { contentFields, recount, requiredSku } from './product-input.js';

const NAME = 120;

type RowExample = Readonly<Record<string, string | number>>;

const IMPORT_EXAMPLE: RowExample = {
  sku: EXAMPLE_NEW_PRODUCT.sku,
  name: EXAMPLE_NEW_PRODUCT.name,
  price: EXAMPLE_NEW_PRODUCT.price,
  quantity: 10,
  category: EXAMPLE_CATEGORY.name,
};

const EXPORT_EXAMPLE: RowExample = {
  sku: EXAMPLE_PRODUCT.sku,
  name: EXAMPLE_PRODUCT.name,
  description: EXAMPLE_PRODUCT.description,
  price: EXAMPLE_PRODUCT.price,
  quantity: EXAMPLE_PRODUCT.quantity,
  category: EXAMPLE_CATEGORY.name,
  imageUrl: EXAMPLE_NEW_PRODUCT.imageUrl,
};

/** Schema of a row: what it sets of the product with its SKU. */
export const rowBody = (currency: Currency) => {
  const { name, description, price, categoryId, imageUrl } = contentFields(currency);
  return object(
    'ProductImportRow',
    {
      sku: requiredSku().description('SKU of the product, which is created if there is none'),
      name: name.description('Name for customers; required for a new product').optional(),
      description: description.optional(),
      price: price.description(`In ${currency.code}; required for a new product`).optional(),
      quantity: recount(),
      category: text(NAME)
        .nullable()
        .description(
          'Name of the category, in any letter case; null for none. Not together with `categoryId`',
        )
        .optional(),
      categoryId: categoryId.optional(),
      imageUrl: imageUrl.optional(),
    },
    {
      description:
        'A row of an import: a line of NDJSON, or what the cells of CSV mean. Absent fields stay as they are',
    },
  )
    .notTogether('category', 'categoryId')
    .example(IMPORT_EXAMPLE);
};

/** Schema of a row of an export, which an import accepts if it has a SKU. */
export const exportedRow = (currency: Currency) =>
  object(
    'ProductExportRow',
    {
      sku: string()
        .nullable()
        .description('Stock keeping unit; null without one: such a row cannot be imported')
        .example(EXAMPLE_PRODUCT.sku),
      name: string().description('Name for customers').example(EXAMPLE_PRODUCT.name),
      description: string({ blank: true })
        .description('Text for customers; may be empty')
        .example(EXAMPLE_PRODUCT.description),
      price: amount().description(`In ${currency.code}`).example(EXAMPLE_PRODUCT.price),
      quantity: storedInteger().description('Quantity in stock').example(EXAMPLE_PRODUCT.quantity),
      category: string()
        .nullable()
        .description('Name of the category; null without one')
        .example(EXAMPLE_CATEGORY.name),
      imageUrl: string()
        .nullable()
        .description('URL of a picture; null without one')
        .example(EXAMPLE_NEW_PRODUCT.imageUrl),
    },
    { description: 'A row of an export: a line of NDJSON, or what the cells of CSV mean' },
  );

export type ExportedRow = ValueOf<ReturnType<typeof exportedRow>>;

type RowBody = ValueOf<ReturnType<typeof rowBody>>;

/** In the order in which an export writes them. */
export const COLUMNS = [
  'sku',
  'name',
  'description',
  'price',
  'quantity',
  'category',
  'imageUrl',
  'categoryId',
] as const;
type ColumnName = (typeof COLUMNS)[number];

const NUMBER = /^-?\d{1,12}(?:\.\d{1,12})?$/;
/** What spreadsheets take for the beginning of a formula, behind the apostrophe that keeps them from it. */
const ESCAPED = /^'(?=[=+\-@\t\r])/;

/** What a cell of CSV means. A text that should be a number is left to the schema, which refuses it. */
const cellValue = (column: string, cell: string): unknown => {
  switch (column as ColumnName) {
    case 'price':
    case 'quantity':
      if (cell.trim() === '') return undefined;
      return NUMBER.test(cell.trim()) ? Number(cell) : cell;
    case 'name':
      return cell === '' ? undefined : cell.replace(ESCAPED, '');
    case 'category':
    case 'categoryId':
    case 'imageUrl':
      return cell === '' ? null : cell.replace(ESCAPED, '');
    case 'sku':
    case 'description':
      return cell.replace(ESCAPED, '');
  }
};

/** An empty cell of one of the two columns for a category says nothing if the other one names it. */
const withOneCategory = ({ category, categoryId, ...fields }: Readonly<Record<string, unknown>>): object => {
  const given = [
    ...(category === undefined ? [] : [['category', category] as const]),
    ...(categoryId === undefined ? [] : [['categoryId', categoryId] as const]),
  ];
  const named = given.filter(([, value]) => value !== null);
  return { ...fields, ...Object.fromEntries(named.length > 0 ? named : given.slice(0, 1)) };
};

const fieldsOfCells = (cells: object): object =>
  withOneCategory(
    Object.fromEntries(
      Object.entries(cells)
        .map(([column, cell]): [string, unknown] => [column, cellValue(column, String(cell))])
        .filter(([, value]) => value !== undefined),
    ),
  );

const contentOf = (
  { sku: _sku, price, category, ...fields }: RowBody,
  currency: Currency,
): ImportRow['content'] => ({
  ...fields,
  // The schema has refused what is not exact in the shop's currency.
  ...(price !== undefined && { priceMinor: Money.fromMajor(price, currency)?.minor ?? 0 }),
  ...(category === null && { categoryId: null }),
  ...(typeof category === 'string' && { categoryName: category }),
});

/** The SKU of a row, as far as it is one. */
const skuOf = (fields: object): string | null => {
  const sku: unknown = Reflect.get(fields, 'sku');
  return typeof sku === 'string' &&
    sku !== '' &&
    sku.length <= MAX_SKU &&
    sku.isWellFormed() &&
    !sku.includes('\0')
    ? sku
    : null;
};

/** Returns what checks the rows of a file: each is a row that can be applied, or the error that says why not. */
export const rowChecker = (
  format: ImportFormat,
  currency: Currency,
): ((rows: AsyncIterable<FileRow>) => AsyncGenerator<ReadRow>) => {
  const schema = rowBody(currency);
  const refused = (error: RowError): ReadRow => ({ error });
  const check = (read: FileRow): ReadRow => {
    const { line } = read;
    if ('problem' in read)
      return refused({ line, sku: null, problems: [{ field: '', detail: read.problem }] });
    const fields = format === 'csv' ? fieldsOfCells(read.fields) : read.fields;
    const checked = checkRow(schema, fields);
    return 'problems' in checked
      ? refused({
          line,
          sku: skuOf(fields),
          problems: checked.problems.map(({ pointer, detail }) => ({ field: pointer.slice(1), detail })),
        })
      : { row: { line, sku: checked.value.sku, content: contentOf(checked.value, currency) } };
  };
  return async function* (rows) {
    for await (const read of rows) yield check(read);
  };
};

export const CSV = 'text/csv';
export const NDJSON = 'application/x-ndjson';
export const FORMATS: Readonly<Record<string, ImportFormat>> = { [CSV]: 'csv', [NDJSON]: 'ndjson' };

/** Examples hold no quotation marks. */
const cell = (value: string | number): string => (String(value).includes(',') ? `"${value}"` : String(value));

/** The schemas of a file of rows such as the example, by media type. */
const filesOf = (example: RowExample) => ({
  [CSV]: string()
    .description('CSV (RFC 4180) in UTF-8, whose first line names the columns: fields of a row')
    .example(`${Object.keys(example).join(',')}\r\n${Object.values(example).map(cell).join(',')}\r\n`),
  [NDJSON]: string()
    .description('A row as a JSON object on each line')
    .example(`${JSON.stringify(example)}\n`),
});

export const importedFiles = filesOf(IMPORT_EXAMPLE);
export const exportedFiles = filesOf(EXPORT_EXAMPLE);
