import { OPERATOR } from '#src/kernel/actor.js';
import type { Now } from '#src/kernel/clock.js';
import type { NewId } from '#src/kernel/ids.js';
import { Money, type Currency } from '#src/kernel/money.js';
import type { Transact } from '#src/kernel/transact.js';
import { createCategory } from './categories.js';
import { createProduct } from './create-product.js';
import type { CatalogPorts, CategoryReader } from './ports.js';

interface DemoProduct {
  readonly sku: string;
  readonly name: string;
  readonly description: string;
  /** In major units, a whole number: every currency has that. */
  readonly price: number;
  readonly quantity: number;
}

const DEMO: Readonly<Record<string, readonly DemoProduct[]>> = {
  Coffee: [
    {
      sku: 'COF-HOUSE-250',
      name: 'House blend',
      description: 'Chocolate and hazelnut, 250 g, whole beans.',
      price: 9,
      quantity: 120,
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
  Equipment: [
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
      sku: 'EQP-KETTLE',
      name: 'Gooseneck kettle',
      description: 'One litre, with a thermometer.',
      price: 59,
      quantity: 0,
    },
  ],
};

interface Deps {
  readonly transact: Transact<CatalogPorts>;
  /** Outside any transaction. */
  readonly categories: CategoryReader;
  readonly newId: NewId;
  readonly now: Now;
  readonly currency: Currency;
}

/**
 * Creates a small catalogue to look at in a shop without categories, and returns the number of its products; 0 for a shop that
 * has any category.
 */
export const createDemoCatalogue =
  ({ transact, categories, newId, now, currency }: Deps) =>
  async (): Promise<number> => {
    if ((await categories.list({ limit: 1, after: null })).items.length > 0) return 0;
    const deps = { newId, now };
    for (const [name, products] of Object.entries(DEMO)) {
      const category = await transact(createCategory(deps)(OPERATOR, { name, description: '' }));
      for (const { price, ...product } of products) {
        const create = createProduct(deps)(OPERATOR, {
          ...product,
          price: Money.of(price * 10 ** currency.digits, currency),
          categoryId: category.id,
          imageUrl: null,
        });
        await transact(create);
      }
    }
    return Object.values(DEMO).flat().length;
  };
