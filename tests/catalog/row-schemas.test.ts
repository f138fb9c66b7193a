import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { exportedRow, rowBody, rowChecker } from '#src/contexts/catalog/adapters/http/import-rows.js';
import type { FileRow } from '#src/contexts/catalog/adapters/http/files/file-row.js';
import { collectSchemas } from '#src/platform/http/openapi/schemas.js';
import { newId } from '../support/builders/ids.js';
import { USD } from '../support/persistences.js';

interface Content {
  readonly example: string;
  readonly schema: {
    readonly contentMediaType: string;
    readonly contentSchema: { readonly items: { readonly $ref: string } };
  };
}
type Contents = Readonly<Record<string, Content>>;

const { paths, components } = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
  readonly paths: {
    readonly '/products/import': { readonly post: { readonly requestBody: { readonly content: Contents } } };
    readonly '/products/export': {
      readonly get: { readonly responses: { readonly 200: { readonly content: Contents } } };
    };
  };
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
};

const validates = (name: string): ((row: unknown) => boolean) => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, multipleOfPrecision: 6 });
  const validate = ajv.compile(components.schemas[name] ?? {});
  return (row) => validate(row);
};

const GOOD: readonly object[] = [
  { sku: 'A' },
  { sku: 'A', name: 'Mug', description: '', price: 1.25, quantity: 0, category: 'Coffee', imageUrl: null },
  { sku: 'A', category: null },
  { sku: 'A', categoryId: newId() },
  { sku: 'A', imageUrl: 'https://images.example/a.jpg' },
];
const BAD: readonly object[] = [
  {},
  { sku: null },
  { sku: 'two words' },
  { sku: 'A', price: 1.005 },
  { sku: 'A', price: '1' },
  { sku: 'A', name: null },
  { sku: 'A', quantity: -1 },
  { sku: 'A', colour: 'red' },
  { sku: 'A', category: 'Coffee', categoryId: null },
  { sku: 'A', imageUrl: 'ftp://images.example/a.jpg' },
];

const isAccepted = async (fields: object): Promise<boolean> => {
  const rows = async function* (): AsyncGenerator<FileRow> {
    yield await Promise.resolve({ line: 1, fields });
  };
  for await (const read of rowChecker('ndjson', USD)(rows())) return 'row' in read;
  return false;
};

describe('The documented schema of a row', () => {
  it('The documented schema of a row of an import accepts what an import accepts, and refuses what it refuses', async () => {
    const isDocumented = validates('ProductImportRow');
    for (const row of [...GOOD, ...BAD]) {
      expect(await isAccepted(row), JSON.stringify(row)).to.equal(GOOD.includes(row));
      expect(isDocumented(row), JSON.stringify(row)).to.equal(GOOD.includes(row));
    }
  });

  it('The documented schema of a row is the one by which rows are checked', () => {
    const schemas = collectSchemas();
    schemas.add(rowBody(USD), 'input');
    schemas.add(exportedRow(USD), 'output');
    const { ProductImportRow, ProductExportRow } = schemas.all();
    expect(components.schemas).to.deep.include({ ProductImportRow, ProductExportRow });
  });

  it('The documented schema of a row is named by each file, whose example is such a row', () => {
    const files = [
      ['ProductImportRow', paths['/products/import'].post.requestBody.content],
      ['ProductExportRow', paths['/products/export'].get.responses[200].content],
    ] as const;
    for (const [name, content] of files) {
      expect(content).to.have.all.keys('text/csv', 'application/x-ndjson');
      for (const [mediaType, { schema }] of Object.entries(content)) {
        expect(schema.contentMediaType).to.equal(mediaType);
        expect(schema.contentSchema.items.$ref).to.equal(`#/components/schemas/${name}`);
      }
      expect(validates(name)(JSON.parse(content['application/x-ndjson']?.example ?? ''))).to.equal(true);
    }
  });
});
