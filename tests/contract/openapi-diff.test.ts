import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { breakingChanges, mayBreak, type ComparedDocument } from '../../scripts/openapi/breaking.js';

// What is planted is written into a copy of the document, at paths that it has.
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each case breaks another part of the document
type Loose = any;

const published = (): Loose => JSON.parse(readFileSync('docs/openapi.json', 'utf8'));

const changesOf = (plant: (document: Loose) => void): readonly string[] => {
  const changed = published();
  plant(changed);
  return breakingChanges(published() as ComparedDocument, changed as ComparedDocument);
};

const BREAKING: readonly (readonly [(document: Loose) => void, string])[] = [
  [({ paths }) => delete paths['/cart'].get, 'get /cart is gone'],
  [({ paths }) => void (paths['/cart'].get.operationId = 'readCart'), 'get /cart: operationId is readCart'],
  [
    ({ paths }) => void (paths['/products'].get.security = [{ bearer: [] }]),
    'get /products: fewer callers may call it',
  ],
  [
    ({ paths }) => void paths['/orders'].get.security.pop(),
    'get /orders: fewer callers may call it', // API keys
  ],
  [
    ({ paths }) => void (paths['/orders'].get.security[1].apiKey = ['orders:write']),
    'get /orders: fewer callers may call it',
  ],
  [
    ({ paths }) => void paths['/cart'].get.security[0].bearer.push('admin'),
    'get /cart: fewer callers may call it',
  ],
  [
    ({ paths }) => void (paths['/cart'].get['x-required-role'] = 'admin'),
    'get /cart: fewer callers may call it',
  ],
  [({ paths }) => void paths['/products'].get.parameters.shift(), 'get /products: query parameter q is gone'],
  [
    ({ components }) => void (components.parameters.Limit.required = true),
    'get /orders: query parameter limit became required',
  ],
  [
    ({ components }) => void (components.parameters.Limit.schema.maximum = 50),
    'get /orders, query parameter limit: maximum is tighter',
  ],
  [
    ({ paths }) => void (paths['/orders'].post.requestBody.required = true),
    'post /orders: the body became required',
  ],
  [
    ({ components }) => delete components.schemas.ProductCreate.properties.sku,
    'post /products, body/sku is gone',
  ],
  [
    ({ components }) => void components.schemas.ProductCreate.required.push('sku'),
    'post /products, body/sku became required',
  ],
  [
    ({ components }) => void (components.schemas.ProductCreate.properties.name.maxLength = 100),
    'post /products, body/name: maxLength is tighter',
  ],
  [
    ({ components }) => void (components.schemas.ProductCreate.properties.sku.type = 'string'),
    'post /products, body/sku: type ["string","null"] became "string"',
  ],
  [
    ({ components }) => void components.schemas.OrderStatus.enum.pop(),
    'patch /orders/{id}, body/status: values',
  ],
  [
    ({ components }) => void components.schemas.OrderStatus.enum.push('lost'),
    'get /orders/{id}, 200/status: values',
  ],
  [
    ({ components }) => delete components.schemas.Product.properties.quantity,
    'get /products/{id}, 200/quantity is gone',
  ],
  [
    ({ components }) => void (components.schemas.Product.required = []),
    'get /products/{id}, 200/name became optional',
  ],
  [
    ({ components }) => void (components.schemas.Product.properties.name.type = ['string', 'null']),
    'get /products/{id}, 200/name: type',
  ],
  [
    ({ components }) => void (components.schemas.OrderLine.properties.productId.format = 'uri'),
    'get /orders, 200/items/items/products/items/productId: format changed',
  ],
  [
    ({ components }) => delete components.schemas.Cart.properties.version.format,
    'get /cart, 200/version: format changed',
  ],
  [
    ({ components }) => void (components.schemas.Cart.properties.version.format = 'int64'),
    'get /cart, 200/version: format changed',
  ],
  [
    ({ components }) => void (components.schemas.ProductCreate.properties.price.format = 'int32'),
    'post /products, body/price: format is tighter',
  ],
  [
    ({ components }) => void (components.schemas.ProductCreate.properties.price.format = 'float'),
    'post /products, body/price: format is tighter',
  ],
  [
    ({ paths }) => delete paths['/cart'].get.responses[200].headers.ETag,
    'get /cart, 200: header ETag is gone',
  ],
  [({ paths }) => delete paths['/products'].post.responses[201], 'post /products: the status 201 is gone'],
  [
    ({ paths }) => delete paths['/openapi.yaml'].get.responses[200].content['application/yaml'],
    'get /openapi.yaml, 200: application/yaml is gone',
  ],
];

/** Changes of `before` that need a document before which is not the published one. */
const HARMLESS_BEFORE: Readonly<Record<string, (before: Loose) => void>> = {
  'a format of a response that says that its integer has 32 bits': ({ components }) =>
    delete components.schemas.Cart.properties.version.format,
  'such a format of a request, whose bounds said so before': ({ components }) =>
    delete components.schemas.CartLineCreate.properties.quantity.format,
  'a tighter bound of what a request may only repeat': ({ components }) =>
    delete components.schemas.OrderLine.properties.quantity.maximum,
};

const HARMLESS: Readonly<Record<string, (document: Loose) => void>> = {
  'another operation': ({ paths }) => void (paths['/new'] = { get: paths['/cart'].get }),
  'another optional parameter': ({ paths }) =>
    void paths['/products'].get.parameters.push({ name: 'brand', in: 'query', schema: { type: 'string' } }),
  'an optional field of a request': ({ components }) =>
    void (components.schemas.ProductCreate.properties.brand = { type: 'string' }),
  'callers of another kind': ({ paths }) =>
    void paths['/cart'].get.security.push({ apiKey: ['orders:read'] }),
  'a call that anyone may make': ({ paths }) => void (paths['/cart'].get.security = []),
  'a field of a response': ({ components }) =>
    void (components.schemas.Product.properties.brand = { type: 'string' }),
  'a looser bound of a request': ({ components }) =>
    void (components.schemas.ProductCreate.properties.name.maxLength = 500),
  'another name of a schema': ({ paths, components }) => {
    components.schemas.Basket = components.schemas.Cart;
    paths['/cart'].get.responses[200].content['application/json'].schema.$ref = '#/components/schemas/Basket';
  },
};

describe('The comparison of OpenAPI documents', () => {
  for (const [plant, change] of BREAKING)
    it(`The comparison of OpenAPI documents finds what breaks clients: ${change}`, () => {
      const found = changesOf(plant);
      expect(
        found.some((each) => each.startsWith(change)),
        found.join('\n'),
      ).to.equal(true);
    });

  for (const [what, plant] of Object.entries(HARMLESS))
    it(`The comparison of OpenAPI documents lets pass ${what}`, () => {
      expect(changesOf(plant)).to.deep.equal([]);
    });

  for (const [what, plant] of Object.entries(HARMLESS_BEFORE))
    it(`The comparison of OpenAPI documents lets pass ${what}`, () => {
      const before = published();
      plant(before);
      expect(breakingChanges(before as ComparedDocument, published() as ComparedDocument)).to.deep.equal([]);
    });

  it('The comparison of OpenAPI documents lets a later major version break clients, and before 1.0.0 a later minor one', () => {
    expect(mayBreak('1.4.2', '2.0.0')).to.equal(true);
    expect(mayBreak('0.1.0', '0.2.0')).to.equal(true);
    expect(mayBreak('0.9.0', '1.0.0')).to.equal(true);
    for (const [before, after] of [
      ['1.4.2', '1.5.0'],
      ['1.4.2', '1.4.2'],
      ['0.1.0', '0.1.1'],
      ['2.0.0', '1.9.0'],
      ['1.0.0', '0.9.0'],
    ] as const)
      expect(mayBreak(before, after), `${before} to ${after}`).to.equal(false);
  });

  it('The comparison of OpenAPI documents finds that this version keeps what the last release has promised', () => {
    const released = JSON.parse(readFileSync('docs/released/openapi.json', 'utf8')) as ComparedDocument;
    const current = published() as ComparedDocument;
    const changes = breakingChanges(released, current);
    if (!mayBreak(released.info.version, current.info.version)) expect(changes).to.deep.equal([]);
  });
});
