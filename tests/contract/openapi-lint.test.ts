import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { lint, type LintedDocument, type RULES } from '../../scripts/openapi/rules.js';

// What is planted is written into a copy of the document, at paths that it has.
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each case breaks another part of the document
type Loose = any;

const published = (): Loose => JSON.parse(readFileSync('docs/openapi.json', 'utf8'));

/** A violation of each rule, and the place where it has to be found. */
const PLANTED: Readonly<
  Record<keyof typeof RULES, readonly (readonly [(document: Loose) => void, string])[]>
> = {
  'has descriptions, and links in those of tags': [
    [({ paths }) => delete paths['/cart'].get.description, 'get /cart'],
    [({ components }) => delete components.schemas.Cart.description, 'Cart'],
    [({ components }) => delete components.schemas.Cart.properties.items.description, 'Cart/items'],
    [({ components }) => delete components.parameters.Limit.description, 'get /orders, limit'],
    [({ components }) => delete components.securitySchemes.bearer.description, 'bearer'],
    [({ tags }) => (tags[0].description = 'No link'), 'tag Accounts: a link'],
    [({ info }) => delete info.contact, 'contact'],
  ],
  'has examples of parameters and contents': [
    [({ components }) => delete components.parameters.Limit.example, 'get /orders, limit'],
    [
      ({ paths }) => delete paths['/cart'].post.requestBody.content['application/json'].example,
      'post /cart, application/json',
    ],
    [
      ({ components }) => delete components.schemas.CartFullProblem.examples,
      'post /cart, application/problem+json',
    ],
  ],
  'names schemas in one pattern': [
    [({ components }) => void (components.schemas.NewCart = components.schemas.Cart), 'NewCart'],
    [
      ({ paths, components }) => {
        components.schemas.CartChange = components.schemas.CartLineReplace;
        paths['/cart/{productId}'].put.requestBody.content['application/json'].schema.$ref =
          '#/components/schemas/CartChange';
      },
      'put /cart/{productId}: CartChange',
    ],
    [({ components }) => delete components.schemas.OrderPage.allOf, 'get /orders/mine: OrderPage'],
  ],
  'has patterns for every language': [
    [({ components }) => (components.schemas.Cart.properties.currency.pattern = '\\p{Lu}'), 'Cart/currency'],
    [({ components }) => (components.schemas.Cart.properties.currency.pattern = '^(?=a)'), 'Cart/currency'],
    [({ components }) => (components.schemas.Cart.properties.currency.pattern = '\\u00e9'), 'Cart/currency'],
  ],
  'has no default of null': [
    [
      ({ components }) => (components.schemas.ProductCreate.properties.sku.default = null),
      'ProductCreate/sku',
    ],
  ],
  'says the decimals of numbers in requests': [
    [
      ({ components }) => delete components.schemas.ProductCreate.properties.price.multipleOf,
      'post /products/price',
    ],
  ],
  'refers to enumerations that have a name': [
    [
      ({ components }) =>
        void (components.schemas.Order.properties.status = { ...components.schemas.OrderStatus }),
      'Order/status',
    ],
  ],
  'shares no response of one resource': [
    [({ components, paths }) => void (components.responses.OK = paths['/cart'].get.responses[200]), 'OK'],
  ],
  'marks the operations of administrators': [
    [({ paths }) => delete paths['/users'].get['x-required-role'], 'get /users'],
    [({ paths }) => (paths['/users'].get.security = [{ bearer: [] }]), 'get /users'],
    [({ paths }) => (paths['/users'].get.summary = 'List users'), 'get /users'],
  ],
  'marks the operations of API keys': [
    [({ paths }) => delete paths['/orders'].get['x-required-scope'], 'get /orders'],
    [({ paths }) => void paths['/orders'].get.security.pop(), 'get /orders'],
    [({ paths }) => (paths['/users'].get['x-required-scope'] = 'users:read'), 'get /users'],
  ],
  'discriminates problems by their code': [
    [
      ({ paths }) =>
        delete paths['/orders'].post.responses[409].content['application/problem+json'].schema.discriminator,
      'post /orders, 409',
    ],
  ],
};

describe('The lint of the OpenAPI document', () => {
  it('The lint of the OpenAPI document finds nothing in the published one', () => {
    expect(lint(published() as LintedDocument)).to.deep.equal([]);
  });

  for (const [rule, violations] of Object.entries(PLANTED)) {
    it(`The lint of the OpenAPI document finds what is planted against the rule that it ${rule}`, () => {
      for (const [plant, place] of violations) {
        const document = published();
        plant(document);
        expect(lint(document as LintedDocument)).to.include(`${rule}: ${place}`);
      }
    });
  }

  it("The lint of the OpenAPI document reports errors of IBM's ruleset, with the names of this API", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'portico-lint-'));
    const file = join(folder, 'openapi.json');
    const { components } = published();
    const { Cart, CartItem, CartProduct } = components.schemas;
    delete Cart.properties.version.format;
    Cart.properties.total_sum = Cart.properties.totalPrice;
    const schema = { $ref: '#/components/schemas/Cart' };
    const response = { description: 'A cart', content: { 'application/json': { schema } } };
    const parameters = [{ name: 'with_prices', in: 'query', schema: { type: 'boolean' } }];
    const operation = { operationId: 'getCart', parameters, responses: { 200: response } };
    await writeFile(
      file,
      JSON.stringify({
        openapi: '3.1.0',
        info: { title: 'Planted', version: '1' },
        paths: { '/my_cart': { get: operation } },
        components: { schemas: { Cart, CartItem, CartProduct } },
      }),
    );
    const { stdout } = await promisify(execFile)(
      join('node_modules', '.bin', 'spectral'),
      [
        'lint',
        '--quiet',
        '--ruleset',
        '.spectral-ibm.mjs',
        '--fail-severity',
        'error',
        '--display-only-failures',
        '--format',
        'json',
        file,
      ],
      { encoding: 'utf8' },
    ).catch((failure: unknown) => failure as { readonly stdout: string }); // of a failed run, which also has its output
    await rm(folder, { recursive: true });
    const found = JSON.parse(stdout) as readonly { readonly code: string }[];
    expect([...new Set(found.map(({ code }) => code))].sort()).to.deep.equal([
      'ibm-integer-attributes',
      'ibm-parameter-casing-convention',
      'ibm-path-segment-casing-convention',
      'ibm-property-casing-convention',
    ]);
  });
});
