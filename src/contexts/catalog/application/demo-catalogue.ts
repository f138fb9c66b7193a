import { OPERATOR } from '#src/kernel/actor.js';
import type { Now } from '#src/kernel/clock.js';
import type { Brand } from '#src/kernel/brand.js';
import { isDomainError } from '#src/kernel/errors.js';
import { demoId, EXAMPLE_CATEGORY, EXAMPLE_OTHER_CATEGORY, EXAMPLE_PRODUCT } from '#src/kernel/examples.js';
import type { NewId, ProductId } from '#src/kernel/ids.js';
import { Money, type Currency } from '#src/kernel/money.js';
import type { Transact } from '#src/kernel/transact.js';
import { createCategory } from './categories.js';
import { createProduct } from './create-product.js';
import { editProduct } from './edit-product.js';
import type { CatalogPorts } from './ports.js';

interface DemoProduct {
  /** Also names its picture. */
  readonly sku: string;
  readonly name: string;
  readonly description: string;
  /** In major units, a whole number: every currency has that. */
  readonly price: number;
  readonly quantity: number;
}

const DEMO: Readonly<Record<string, readonly DemoProduct[]>> = {
  [EXAMPLE_CATEGORY.name]: [
    {
      sku: EXAMPLE_PRODUCT.sku,
      name: EXAMPLE_PRODUCT.name,
      description: EXAMPLE_PRODUCT.description,
      price: EXAMPLE_PRODUCT.price,
      quantity: EXAMPLE_PRODUCT.quantity,
    },
    {
      sku: 'COF-GUJI-250',
      name: 'Ethiopia Guji',
      description: 'Peach and jasmine, 250 g, whole beans.',
      price: 14,
      quantity: 40,
    },
    {
      sku: 'COF-DECAF-250',
      name: 'Decaf',
      description: 'Swiss water process, caramel, 250 g, ground.',
      price: 11,
      quantity: 25,
    },
  ],
  Tea: [
    {
      sku: 'TEA-ASSAM-100',
      name: 'Assam',
      description: 'Strong and malty, 100 g, loose leaf.',
      price: 7,
      quantity: 60,
    },
    {
      sku: 'TEA-SENCHA-100',
      name: 'Sencha',
      description: 'Fresh and grassy, 100 g, loose leaf.',
      price: 12,
      quantity: 30,
    },
  ],
  [EXAMPLE_OTHER_CATEGORY.name]: [
    {
      sku: 'EQP-GRINDER',
      name: 'Hand grinder',
      description: 'Steel burrs, 24 clicks, fits any bag.',
      price: 79,
      quantity: 12,
    },
    {
      sku: 'EQP-DRIPPER',
      name: 'Pour-over dripper',
      description: 'Porcelain, for one to four cups.',
      price: 24,
      quantity: 35,
    },
    {
      sku: 'EQP-KETTLE', // sold out, as the examples say
      name: 'Gooseneck kettle',
      description: 'One litre, with a thermometer.',
      price: 59,
      quantity: 0,
    },
  ],
};

interface Deps {
  readonly transact: Transact<CatalogPorts>;
  readonly newId: NewId;
  readonly now: Now;
  readonly currency: Currency;
  /** URL of the folder `demo/pictures`, in which the pictures are. */
  readonly pictures: string;
}

const PRODUCTS = Object.values(DEMO).flat().length;
const ROWS = Object.keys(DEMO).length + PRODUCTS;

/** Mints the ids of the demo rows in their order. */
const demoIds = (): NewId => {
  let row = 0;
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller chooses the id's type
  return <Id extends Brand<string, string>>() => demoId<Id>(row++);
};

/** Returns what the shop has, or ever had, as products with these ids: they identify its ledger, and orders. */
const demoProducts = ({ products }: CatalogPorts) =>
  products.summaries(Array.from({ length: ROWS }, (_, row) => demoId<ProductId>(row)));

const pictureOf = (sku: string): string => `${sku.toLowerCase()}.svg`;

const PICTURES = Object.values(DEMO).flatMap((products) => products.map(({ sku }) => pictureOf(sku)));

/** The codes of a shop that has a part of the demo catalogue: another process was first, or only the categories were deleted. */
const PRESENT: ReadonlySet<string> = new Set(['category_exists', 'sku_taken']);

/**
 * Creates a small catalogue to look at in a shop without categories, and returns the number of its products; 0 for a shop that
 * has any category, or a product with the SKU of one of them. Its ids are those of the examples in the documentation, unless the shop
 * had a demo catalogue before. It is created as a whole or not at all, so that no id of a part is left over.
 *
 * Its pictures have absolute URLs. If the catalogue is there, and the shop has another public URL than it had then, they are changed.
 */
export const createDemoCatalogue = ({
  transact,
  newId,
  now,
  currency,
  pictures,
}: Deps): (() => Promise<number>) => {
  const renewPictures = async (ports: CatalogPorts): Promise<void> => {
    for (const { id, imageUrl, deleted } of await demoProducts(ports)) {
      const file = PICTURES.find((name) => imageUrl?.endsWith(`demo/pictures/${name}`));
      const present = `${pictures}/${String(file)}`;
      if (file === undefined || deleted || imageUrl === present) continue;
      await editProduct({ now })(OPERATOR, id, { imageUrl: present }, undefined)(ports);
    }
  };
  const create = async (ports: CatalogPorts): Promise<number> => {
    if ((await ports.categories.list({ limit: 1, after: null })).items.length > 0) {
      await renewPictures(ports);
      return 0;
    }
    const areUsed = (await demoProducts(ports)).length > 0;
    const deps = { newId: areUsed ? newId : demoIds(), now };
    for (const [name, products] of Object.entries(DEMO)) {
      const category = await createCategory(deps)(OPERATOR, { name, description: '' })(ports);
      for (const { price, ...product } of products) {
        const content = {
          ...product,
          price: Money.of(price * 10 ** currency.digits, currency),
          categoryId: category.id,
          imageUrl: `${pictures}/${pictureOf(product.sku)}`,
        };
        await createProduct(deps)(OPERATOR, content)(ports);
      }
    }
    return PRODUCTS;
  };
  return async () => {
    try {
      return await transact(create);
    } catch (error) {
      if (isDomainError(error) && PRESENT.has(error.code)) return 0;
      throw error;
    }
  };
};
